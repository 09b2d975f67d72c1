from django.db import migrations, models

from customers.database import follows_merges


class Migration(migrations.Migration):
    dependencies = [("customers", "0023_rows_follow_merges"), ("loyalty", "0004_by_source_record")]

    operations = [
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("earn", "Earned"),
                    ("redeem", "Redeemed"),
                    ("expire", "Expired"),
                    ("adjust", "Corrected"),
                    ("take_back", "Taken back after a refund"),
                    ("give_back", "Given back after a refund"),
                    ("settle", "Debt settled by withholding"),
                    ("merge", "Moved by a merge"),
                ],
                max_length=10,
            ),
        ),
        follows_merges("loyalty.Adjustment"),
        follows_merges("loyalty.OneTimeCode"),
        follows_merges("loyalty.Receipt"),
    ]
