"""What moto lacks for Terraform, EventBridge and SQS to work as they do on AWS, one module a service.

All but those that say otherwise were needed with moto 5.2.1, which is pinned, when their tests were written.
"""

from __future__ import annotations


def apply(minute: float = 60) -> None:
    """Repairs moto in this process. A schedule's minute takes `minute` seconds."""
    from . import cloudtrail, eventbridge, s3, schedule, sqs  # only now, so that tests are found where moto is not

    sqs.repair()
    eventbridge.repair()
    s3.repair()
    cloudtrail.repair()
    schedule.start(minute)
