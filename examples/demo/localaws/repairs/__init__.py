"""What moto lacks for Terraform, EventBridge and SQS to work as they do on AWS, one module a service.

Each repair was checked with moto 5.2.1, which is pinned, and against the source of 5.2.3: all are still needed there,
but for those that say otherwise.
"""

from __future__ import annotations


def apply(minute: float = 60) -> None:
    """Repairs moto in this process. A schedule's minute takes `minute` seconds."""
    from . import cloudtrail, events, s3, schedule, sqs  # only now, so that tests are found where moto is not

    sqs.repair()
    events.repair()
    s3.repair()
    cloudtrail.repair()
    schedule.start(minute)
