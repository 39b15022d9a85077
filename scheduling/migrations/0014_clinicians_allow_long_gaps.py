"""A clinician's decision to leave the hard maximum between doses is kept as an override is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0013_claims_follow_the_person")]

    operations = [
        migrations.RemoveConstraint(model_name="override", name="override_rule"),
        migrations.AlterField(
            model_name="override",
            name="rule",
            field=models.CharField(
                choices=[
                    ("MINIMUM_GAP", "Minimum gap between doses"),
                    ("HARD_MAXIMUM", "Hard maximum between doses"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(("rule__in", ["MINIMUM_GAP", "HARD_MAXIMUM"])),
                name="override_rule",
            ),
        ),
    ]
