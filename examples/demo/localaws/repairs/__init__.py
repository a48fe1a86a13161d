"""What moto lacks for Terraform, EventBridge and SQS to work as they do on AWS: one module per service.

Each repair was needed with moto 5.2.1, which is pinned, when its test was written, unless its comment says otherwise.
"""

from __future__ import annotations


def apply(minute: float = 60) -> None:
    """Repairs moto in this process. A schedule's minute takes `minute` seconds."""
    from . import cloudtrail, eventbridge, s3, schedule, sqs  # not above, so that tests are found without moto

    sqs.repair()
    eventbridge.repair()
    s3.repair()
    cloudtrail.repair()
    schedule.start(minute)
