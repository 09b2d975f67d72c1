from django.db import migrations

from segmentation.database import touches


class Migration(migrations.Migration):
    dependencies = [("feedback", "0003_rows_follow_merges"), ("segmentation", "0011_what_touches_segments")]

    operations = [touches("feedback_response")]
