variable "name" {
  description = "Name of the stack; names and tags every resource. 1 to 51 lower-case letters, digits and '-' (EventBridge's limit of a rule's name); with a trail at most 29 (S3's, of the log bucket's name)."
  type        = string
  default     = "dispatch"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", var.name)) && length(var.name) <= 51
    error_message = "name must have 1 to 51 lower-case letters and digits, with single '-' between them."
  }

  validation {
    condition     = var.bucket == null || var.object_events == "notification" || !var.create_trail || length(var.name) <= 29
    error_message = "name must have at most 29 characters with object_events \"trail\" or \"both\": the log bucket <name>-trail-<account>-<region> must stay within S3's 63."
  }
}

variable "patterns" {
  description = "Event patterns, each a JSON text of at most 2,048 characters (EventBridge's quota) and a rule of its own, keyed by the first 12 hex digits of the SHA-256 of its canonical JSON: order does not matter. A text that the plan does not know yet (of a resource made in the same apply) belongs in named_patterns."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.patterns) + length(var.named_patterns) > 0 || var.schedule != null || var.bucket != null
    error_message = "Nothing to relay: give at least one of patterns, named_patterns, schedule and bucket."
  }
}

variable "named_patterns" {
  description = "Event patterns (JSON texts) by name: the rule is <name>.<key>, at most 64 characters of letters, digits, '.', '-' and '_' (EventBridge). The keys schedule, objects and object-calls are the stack's own."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.named_patterns), ["schedule", "objects", "object-calls"])) == 0
    error_message = "named_patterns: schedule, objects and object-calls are the stack's own keys; choose another name."
  }
}

variable "rule_names" {
  description = "Exact names of rules by key, in place of <name>.<key>: at most 64 letters, digits, '.', '-' and '_' (EventBridge). A key is a named pattern's, schedule, objects or object-calls. A change of them changes the queue's policy."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "event_bus_name" {
  description = "Name, not ARN, of the event bus that the rules are on: default, a custom one, or a partner's (aws.partner/…). Schedules and a bucket's events are on the default bus alone."
  type        = string
  default     = "default"
  nullable    = false

  validation {
    condition     = var.event_bus_name == "default" || var.bucket == null
    error_message = "event_bus_name must be default with a bucket: S3 and CloudTrail send to the default bus alone. Make a stack for each bus."
  }

  validation {
    condition     = !startswith(var.event_bus_name, "arn:")
    error_message = "event_bus_name must be the bus's name, not its ARN; a partner's is aws.partner/…."
  }
}

variable "pattern_limit" {
  description = "Most characters of one pattern. 2,048 is EventBridge's default quota, which AWS raises on request, up to the API's 4,096."
  type        = number
  default     = 2048
  nullable    = false
}

variable "schedule" {
  description = "Schedule of one more rule: rate(5 minutes) or cron(0 12 * * ? *), in UTC, at least a minute apart (EventBridge). Null: none."
  type        = string
  default     = null
}

variable "rule_state" {
  description = "State of the rules: \"ENABLED\", \"DISABLED\", or \"ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS\", without which patterns do not see calls that only read (Describe, Get, List). With the last, a schedule's rule is \"ENABLED\"."
  type        = string
  default     = "ENABLED"
  nullable    = false
}

variable "archive_retention" {
  description = "Days that EventBridge keeps events in an archive for each pattern, <name>.<key>, of at most 48 characters, from which they can be replayed: a whole number; 0 is for ever. Null: no archives. AWS bills what is kept."
  type        = number
  default     = null
}

variable "create_queue" {
  description = "Whether the stack makes its queue. False: the rules send to queue_arn, whose policy must hold queue_policy_document."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.create_queue || var.kms_key != "create" && var.queue_name == null && length(var.queue_policy_documents) == 0
    error_message = "create_queue = false: a given queue has its own name, key and policy; give no queue_name and no queue_policy_documents, and the key's ARN as kms_key."
  }
}

variable "queue_arn" {
  description = "ARN of a queue that exists, of the stack's account and region, with create_queue = false. Its dead-letter queue stays its owner's."
  type        = string
  default     = null

  validation {
    condition     = var.create_queue == (var.queue_arn == null)
    error_message = "queue_arn is given with create_queue = false, and only then."
  }
}

variable "queue_name" {
  description = "Name of the queue that the stack makes, without .fifo: 1 to 62 letters, digits, '-' and '_' (SQS's 80 less what the dead-letter queue adds). Null: the stack's name."
  type        = string
  default     = null
}

variable "fifo" {
  description = "Whether the queue is FIFO: in order and deduplicated per message group, which is the pattern's source where it names exactly one, else the rule's key."
  type        = bool
  default     = false
  nullable    = false
}

variable "visibility_timeout" {
  description = "Seconds that a received message stays hidden in the queue that the stack makes: 0 to 43,200 (12 hours), SQS's range. The forwarder renews it, so a minute is all that an event waits when a forwarder dies."
  type        = number
  default     = 60
  nullable    = false
}

variable "retention" {
  description = "Seconds that the queue that the stack makes keeps an event: 60 to 1,209,600 (14 days), SQS's range. The longest by default: an outage of the receiver must not lose events."
  type        = number
  default     = 1209600
  nullable    = false
}

variable "max_message_size" {
  description = "Most bytes of an event in the queues that the stack makes: 1,024 to 1,048,576, SQS's range. Null: what the provider sets, 262,144 (256 KiB) with a version before 6.8, which takes no more: larger events are lost. With 6.8 and later give 1048576, for events have up to 1 MiB."
  type        = number
  default     = null
}

variable "max_receive_count" {
  description = "Receives after which an event that was not delivered becomes a dead letter of the queue that the stack makes: 1 to 1,000, SQS's range."
  type        = number
  default     = 10
  nullable    = false
}

variable "kms_key" {
  description = "Encryption of the queue and its dead letters. Null: by SQS's own key. \"create\": by a key of the stack. An ARN: by that key; its policy must let events.amazonaws.com call kms:Decrypt and kms:GenerateDataKey."
  type        = string
  default     = null
}

variable "queue_policy_documents" {
  description = "Policy documents (JSON) whose statements are added to the policy of the queue that the stack makes, of which SQS takes 8,192 bytes in all."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "bucket" {
  description = "Name of a bucket whose new objects are events, unique in all of AWS: 3 to 63 lower-case letters, digits, '.' and '-' (S3). Created, unless adopt_bucket. Null: none."
  type        = string
  default     = null
}

variable "adopt_bucket" {
  description = "Whether the bucket exists already and stays its owner's. It is never changed or deleted, with ONE exception: where object_events is \"notification\" or \"both\" and adopt_notifications is true, its whole notification configuration is replaced. A bucket made in the same configuration is named by .bucket (.id is unknown in the plan), with depends_on on the call."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.adopt_bucket || var.bucket != null
    error_message = "adopt_bucket needs bucket: the name of the bucket to adopt."
  }
}

variable "adopt_notifications" {
  description = "Whether the stack owns an adopted bucket's notification configuration: what the bucket sends to Lambda, SNS or SQS is removed, and down empties it. Set it to false for a bucket that already sends its events to EventBridge."
  type        = bool
  default     = true
  nullable    = false
}

variable "prefixes" {
  description = "Folders of the bucket that are watched: 1 to 100 key prefixes, taken literally, of at most 1,024 characters (S3). An empty string is the whole bucket."
  type        = list(string)
  default     = ["images/"]
  nullable    = false
}

variable "object_events" {
  description = "How the bucket's new objects become events. \"notification\": S3 tells EventBridge, in seconds, without cost. \"trail\": CloudTrail data events, in minutes, billed, which say who called. \"both\": each object twice."
  type        = string
  default     = "notification"
  nullable    = false

  validation {
    condition     = contains(["notification", "trail", "both"], var.object_events)
    error_message = "object_events must be \"notification\", \"trail\" or \"both\"."
  }
}

variable "create_trail" {
  description = "Whether the stack makes the trail of object_events. False: one that exists records data events of the bucket, in the stack's region."
  type        = bool
  default     = true
  nullable    = false
}

variable "grantees" {
  description = "Principals that may read the objects under prefixes: account ids of 12 digits, or ARNs of accounts, roles and users. Not with adopt_bucket: attach object_reader_policy to the readers instead."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.grantees) == 0 || var.bucket != null && !var.adopt_bucket
    error_message = "grantees need a bucket of the stack's own: the policy of an adopted one is its owner's; attach object_reader_policy to the readers instead."
  }
}

variable "alarms" {
  description = "Whether CloudWatch watches the stack: alarms on the age of the oldest event, on dead letters and on events of which none is delivered, a topic that they publish to, and a dashboard."
  type        = bool
  default     = false
  nullable    = false
}

variable "alarm_endpoints" {
  description = "Who is told of an alarm: e-mail addresses and https URLs. SNS asks each once to confirm its subscription."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.alarm_endpoints) == 0 || var.alarms
    error_message = "alarm_endpoints need alarms = true."
  }
}

variable "alarm_max_age" {
  description = "Seconds that the oldest event may be old before the alarm: 60 to 1,209,600, the longest that SQS keeps a message."
  type        = number
  default     = 900
  nullable    = false
}

variable "alarm_stalled_minutes" {
  description = "Minutes that events may wait without one being deleted before the alarm: 1 to 1,440, CloudWatch's day."
  type        = number
  default     = 15
  nullable    = false
}

variable "force_destroy" {
  description = "Whether destroying the stack deletes the objects and logs in the buckets it made. Without, AWS refuses to delete a bucket that holds any. Must be applied before the destroy."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Further tags of every resource: at most 49, keys of 1 to 128 and values of at most 256 characters (AWS); dispatch-events-aws:stack is the stack's own."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.tags) <= 49 && alltrue([for k, v in var.tags : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", k)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", v))])
    error_message = "tags: at most 49, keys of 1 to 128 and values of at most 256 letters, digits, spaces and _ . : / = + - @ (AWS)."
  }

  validation {
    condition     = alltrue([for k in keys(var.tags) : !startswith(lower(k), "aws:") && k != "dispatch-events-aws:stack"])
    error_message = "tags: keys that begin with aws: are AWS's own, and dispatch-events-aws:stack is the stack's."
  }
}
