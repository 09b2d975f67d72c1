from django.db import migrations

from segmentation.database import touches


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0005_merges"), ("segmentation", "0011_what_touches_segments")]

    operations = [touches("loyalty_account")]
