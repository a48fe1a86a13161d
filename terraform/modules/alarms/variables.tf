variable "name" {
  description = "Name of the stack. The alarms are named `<name>-age`, `<name>-stalled` and `<name>-<key>` for each entry of `dead_letter_queues`, and the topic `<name>-alarms`. 1 to 200 letters, digits, '-' and '_'."
  type        = string
}

variable "queue_name" {
  description = "Name of the queue that the forwarder reads, including .fifo if it is a FIFO queue."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}(\\.fifo)?$", var.queue_name)) && length(var.queue_name) <= 80
    error_message = "queue_name must be the name of an SQS queue, not its ARN or URL: 1 to 80 letters, digits, '-' and '_', .fifo included."
  }
}

variable "dead_letter_queues" {
  description = "Dead-letter queues to watch: a map from the last part of an alarm's name to the name of a queue. The alarm `<name>-<key>` is raised (state ALARM) if the queue contains an event. The stack uses the keys `dead-letters` (events that the receiver refused permanently, or that were received too often without being delivered) and `undelivered` (events that EventBridge could not put into the queue)."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for q in values(var.dead_letter_queues) : can(regex("^[A-Za-z0-9_-]{1,80}(\\.fifo)?$", q))])
    error_message = "dead_letter_queues must hold names of SQS queues, not ARNs or URLs."
  }
}

variable "max_age" {
  description = "Maximum age of the oldest event in seconds: 60 to 1,209,600, the longest retention that SQS allows. An alarm is raised (state ALARM) if an event is older."
  type        = number
  default     = 900
  nullable    = false

  validation {
    condition     = var.max_age >= 60 && var.max_age <= 1209600 && floor(var.max_age) == var.max_age
    error_message = "max_age must be a whole number of seconds from 60 to 1209600 (14 days)."
  }
}

variable "stalled_minutes" {
  description = "Number of minutes after which an alarm is raised (state ALARM) if events wait and none of them was deleted: 1 to 1,440 (one day), CloudWatch's limit for an alarm with a period of one minute."
  type        = number
  default     = 15
  nullable    = false

  validation {
    condition     = var.stalled_minutes >= 1 && var.stalled_minutes <= 1440 && floor(var.stalled_minutes) == var.stalled_minutes
    error_message = "stalled_minutes must be a whole number of minutes from 1 to 1440."
  }
}

variable "endpoints" {
  description = "E-mail addresses and https URLs that are notified of alarms. SNS asks each of them once to confirm its subscription. If the list is empty, subscribe to the topic by other means."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for e in var.endpoints : can(regex("^(https://[^\\s/?#]+\\S*|[^@\\s:/]+@[^@\\s:/]+\\.[^@\\s:/]+)$", e))])
    error_message = "endpoints must be e-mail addresses or https URLs."
  }
}

variable "tags" {
  description = "Tags for every resource: at most 50, AWS's limit."
  type        = map(string)
  default     = {}
}
