from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0007_sealed_audit")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="used_at",
            field=models.DateTimeField(blank=True, help_text="The last use, to the hour.", null=True),
        ),
        migrations.AddField(
            model_name="membership",
            name="invitation",
            field=models.CharField(
                blank=True, choices=[("", "None"), ("sent", "Sent"), ("failed", "Not sent")], default="", max_length=10
            ),
        ),
    ]
