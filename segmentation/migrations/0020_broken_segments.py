from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segmentation", "0019_margin_for_reports"),
    ]

    operations = [
        migrations.AddField(
            model_name="segment",
            name="broken_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="segment",
            name="broken_by",
            field=models.CharField(blank=True, db_default="", max_length=100),
        ),
    ]
