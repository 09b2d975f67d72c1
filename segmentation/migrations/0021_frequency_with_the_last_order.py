from django.db import migrations, models


class Migration(migrations.Migration):
    """Cells and stages of all customers are counted from the index alone."""

    dependencies = [("segmentation", "0020_broken_segments")]

    operations = [
        migrations.RemoveIndex("customerstats", "stats_by_last"),
        migrations.AddIndex(
            "customerstats",
            models.Index(fields=["tenant", "-last_at", "-customer"], include=("frequency",), name="stats_by_last"),
        ),
    ]
