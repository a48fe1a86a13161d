variable "name" {
  description = "Name of the stack. Every resource that can have tags is tagged with it, and those for which you set no other name are named after it. 1 to 51 lower-case letters and digits, with single '-' between them: EventBridge limits the name of a rule, `<name>.<key>`, to 64 characters, and the keys of `patterns` have 12. If the stack creates a trail, at most 29 characters, because S3 limits the name of the log bucket to 63."
  type        = string
  default     = "dispatch"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", var.name)) && length(var.name) <= 51
    error_message = "name must have 1 to 51 lower-case letters and digits, with single '-' between them."
  }
}

variable "patterns" {
  description = "Event patterns. Each pattern is a JSON text of at most 2,048 characters (EventBridge's default quota; see `pattern_limit`) and gets a rule of its own. The rule's key is the first 12 hex digits of the SHA-256 of the pattern's canonical JSON, so the order of the list does not matter. The value of each pattern must be known when Terraform plans. If a pattern uses an attribute of a resource that is created in the same apply, put the pattern into `named_patterns`."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.patterns) + length(var.named_patterns) > 0 || var.schedule != null || var.bucket != null
    error_message = "No event would be relayed: set at least one of patterns, named_patterns, schedule and bucket."
  }

  validation {
    condition     = alltrue([for p in var.patterns : !contains(keys(var.named_patterns), substr(sha256(try(jsonencode(jsondecode(p)), p)), 0, 12))])
    error_message = "named_patterns: a name is also the key (the digest) of a pattern in patterns; choose another name."
  }
}

variable "named_patterns" {
  description = "Event patterns as JSON texts, keyed by name. The rule of a pattern is named `<name>.<key>`, which must have at most 64 letters, digits, '.', '-' and '_' (EventBridge's limit). The keys `schedule`, `objects` and `object-calls` are reserved for the stack's own rules: for the schedule, for S3's notifications and for CloudTrail's data events."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.named_patterns), ["schedule", "objects", "object-calls"])) == 0
    error_message = "named_patterns: the names schedule, objects and object-calls are reserved for the stack's own rules; choose another name."
  }
}

variable "rule_names" {
  description = "Map from the key of a rule to the exact name of that rule, without wildcards, which is used instead of `<name>.<key>`. Each name has at most 64 letters, digits, '.', '-' and '_' (EventBridge's limit). A key is one of the keys of `named_patterns`, or `schedule`, `objects` or `object-calls`. If you change this variable, the queue's policy changes, too."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "event_bus_name" {
  description = "Name (not ARN) of the event bus that the rules are on: `default`, a custom bus, or a partner event bus (aws.partner/…). `schedule` and `bucket` require the default bus."
  type        = string
  default     = "default"
  nullable    = false

  validation {
    condition     = var.event_bus_name == "default" || var.bucket == null
    error_message = "event_bus_name must be default if bucket is set, because S3 and CloudTrail send events only to the default bus. Create a stack for each bus."
  }
}

variable "pattern_limit" {
  description = "Maximum number of characters in one pattern, at most 4,096 (the API's limit). EventBridge's default quota is 2,048. Raise this value if AWS has raised the quota of your account."
  type        = number
  default     = 2048
  nullable    = false
}

variable "schedule" {
  description = "Schedule expression of one more rule, such as `rate(5 minutes)` or `cron(0 12 * * ? *)`, in UTC, with at least one minute between two events (EventBridge's limit). If null, there is no schedule."
  type        = string
  default     = null
}

variable "rule_state" {
  description = "State of the rules: \"ENABLED\", \"DISABLED\", or \"ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS\". With the third value, patterns also match API calls that only read (Describe, Get, List), and the rule of the schedule is set to \"ENABLED\"."
  type        = string
  default     = "ENABLED"
  nullable    = false
}

variable "archive_retention" {
  description = "Number of days for which EventBridge keeps the events of each pattern in an archive, from which you can replay them. The value must be a whole number; 0 keeps the events indefinitely. Each archive is named `<name>.<key>`, which must have at most 48 characters. If null, no archives are created. AWS bills for archived events."
  type        = number
  default     = null
}

variable "create_queue" {
  description = "Whether the stack creates the queue. If false, the rules send to `queue_arn`, and the policy of that queue must contain the statements of the output `queue_policy_document`."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.create_queue || var.kms_key != "create" && var.queue_name == null && length(var.queue_policy_documents) == 0
    error_message = "create_queue is false: leave out queue_name and queue_policy_documents, and set kms_key only to the ARN of the key that encrypts the existing queue."
  }
}

variable "queue_arn" {
  description = "ARN of an existing queue in the stack's account and region. Set it if `create_queue` is false. The stack manages neither that queue nor its dead-letter queue, and `forwarder_policy` does not allow sending to the latter."
  type        = string
  default     = null

  validation {
    condition     = var.create_queue == (var.queue_arn == null)
    error_message = "Set queue_arn if create_queue is false, and leave it out otherwise."
  }
}

variable "queue_name" {
  description = "Name, without .fifo, of the queue that the stack creates: 1 to 62 letters, digits, '-' and '_'. SQS allows 80 characters, of which `-dead-letters.fifo` in the name of the dead-letter queue needs 18. If null, the queue has the stack's name."
  type        = string
  default     = null
}

variable "fifo" {
  description = "Whether the queue that the stack creates is a FIFO queue. In a FIFO queue, events are ordered and deduplicated within a message group. The message group is the source in the pattern if the pattern names exactly one source, `aws.events` for the schedule, and the rule's key otherwise."
  type        = bool
  default     = false
  nullable    = false
}

variable "visibility_timeout" {
  description = "Number of seconds for which a received message stays hidden in the queue that the stack creates: 0 to 43,200 (12 hours), SQS's range. The forwarder renews the timeout. If a forwarder is killed, its messages become visible again when the timeout ends, which is after at most a minute by default."
  type        = number
  default     = 60
  nullable    = false
}

variable "retention" {
  description = "Number of seconds for which the queue that the stack creates keeps an event: 60 to 1,209,600 (14 days), SQS's range. The default is the maximum, so that an outage of the receiver does not lose events. If you shorten it, SQS deletes waiting events that are older."
  type        = number
  default     = 1209600
  nullable    = false
}

variable "max_message_size" {
  description = "Maximum size of an event in bytes, in the queues that the stack creates: 1,024 to 1,048,576, SQS's range. EventBridge sends events of up to 1 MiB, and those above the limit are lost. Therefore set 1048576 with version 6.8 or later of the AWS provider; earlier versions accept at most 262,144 (256 KiB). If null, the default of the provider applies, which depends on its version and can be 262,144."
  type        = number
  default     = null
}

variable "max_receive_count" {
  description = "Number of receives after which SQS gives up on an event and moves it to the dead-letter queue: 1 to 1,000, SQS's range. It applies only to the queue that the stack creates."
  type        = number
  default     = 10
  nullable    = false
}

variable "kms_key" {
  description = "How the queue and its dead-letter queue are encrypted. If null, SQS encrypts them with its own key. Set it to \"create\" to let the stack create a KMS key, or to the ARN of a KMS key, whose policy must allow events.amazonaws.com to call kms:Decrypt and kms:GenerateDataKey. If `create_queue` is false and the existing queue is encrypted with a KMS key, set it to the ARN of that key."
  type        = string
  default     = null
}

variable "queue_policy_documents" {
  description = "Your own policy documents (JSON), whose statements are added to the policy of the queue that the stack creates. (The output `queue_policy_document` is something else: it is for the policy of an existing queue.) SQS limits the whole policy to 8,192 bytes."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "bucket" {
  description = "Name of a bucket to watch: an event is sent for each new object under `prefixes`. The name must be unique in all of AWS and have 3 to 63 lower-case letters, digits, '.' and '-' (S3's rules). The stack creates the bucket unless `adopt_bucket` is true. If null, no bucket is watched."
  type        = string
  default     = null
}

variable "adopt_bucket" {
  description = "Whether the bucket already exists and is managed elsewhere. The stack never changes or deletes such a bucket, with ONE exception: if `object_events` is \"notification\" or \"both\" and `adopt_notifications` is true, the stack replaces the whole notification configuration of the bucket. If the same configuration creates the bucket, pass its attribute `bucket` (the plan does not know its `id`) and set `depends_on` in the module call."
  type        = bool
  default     = false
  nullable    = false
}

variable "adopt_notifications" {
  description = "Whether the stack manages the notification configuration of an adopted bucket. If true, the stack removes the notifications that the bucket sends to Lambda, SNS or SQS, and destroying the stack leaves the notification configuration empty. Set it to false if the bucket already sends its events to EventBridge."
  type        = bool
  default     = true
  nullable    = false
}

variable "prefixes" {
  description = "Folders of the bucket to watch: 1 to 100 key prefixes of at most 1,024 characters (S3's limit), matched literally. An empty string (not \"/\") stands for the whole bucket."
  type        = list(string)
  default     = ["images/"]
  nullable    = false
}

variable "object_events" {
  description = "How a new object in the bucket causes an event. \"notification\": S3 notifies EventBridge within seconds, at no cost. \"trail\": a CloudTrail trail records data events, which also say who made the call; they take minutes, and AWS bills for them. \"both\": each object causes two events. To change between the first two, apply \"both\" first, and the new value when events of the new kind arrive; otherwise objects that are written during the change cause no event."
  type        = string
  default     = "notification"
  nullable    = false

  validation {
    condition     = contains(["notification", "trail", "both"], var.object_events)
    error_message = "object_events must be \"notification\", \"trail\" or \"both\"."
  }
}

variable "create_trail" {
  description = "Whether the stack creates the trail if `object_events` is \"trail\" or \"both\". If you set it to false, a trail that already exists must record the data events of the bucket in the stack's region."
  type        = bool
  default     = true
  nullable    = false
}

variable "grantees" {
  description = "Principals that are allowed to read the objects under `prefixes`: account IDs of 12 digits, or ARNs of accounts, roles and users. It cannot be set with `adopt_bucket`: attach the output `object_reader_policy` to the readers instead."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.grantees) == 0 || var.bucket != null && !var.adopt_bucket
    error_message = "grantees need a bucket that the stack creates, because the stack does not manage the policy of an adopted bucket; attach object_reader_policy to the readers instead."
  }
}

variable "alarms" {
  description = "Whether the stack creates CloudWatch alarms, and an SNS topic that they publish to. An alarm is raised (state ALARM) if the oldest event is too old, if one of the two dead-letter queues contains an event, or if events wait and none is delivered."
  type        = bool
  default     = false
  nullable    = false
}

variable "alarm_endpoints" {
  description = "E-mail addresses and https URLs that are notified of alarms. SNS asks each of them once to confirm its subscription."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.alarm_endpoints) == 0 || var.alarms
    error_message = "alarm_endpoints need alarms: set alarms to true."
  }
}

variable "alarm_max_age" {
  description = "Maximum age of the oldest event in seconds: 60 to 1,209,600, the longest retention that SQS allows. An alarm is raised (state ALARM) if an event is older."
  type        = number
  default     = 900
  nullable    = false
}

variable "alarm_stalled_minutes" {
  description = "Number of minutes after which an alarm is raised (state ALARM) if events wait and none of them was deleted: 1 to 1,440 (one day), CloudWatch's limit for an alarm with a period of one minute."
  type        = number
  default     = 15
  nullable    = false
}

variable "force_destroy" {
  description = "Whether destroying the stack deletes the objects and logs in the buckets that the stack created. If false, AWS refuses to delete a bucket that is not empty. Apply the value true before you destroy the stack."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Additional tags for every resource: at most 49, with keys of 1 to 128 and values of at most 256 characters (AWS's limits). The tag `dispatch-events-aws:stack` is reserved."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.tags) <= 49 && alltrue([for k, v in var.tags : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", k)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", v))])
    error_message = "tags: at most 49, keys of 1 to 128 and values of at most 256 letters, digits, spaces and _ . : / = + - @ (AWS)."
  }

  validation {
    condition     = alltrue([for k in keys(var.tags) : !startswith(lower(k), "aws:") && k != "dispatch-events-aws:stack"])
    error_message = "tags: keys that begin with aws: are reserved for AWS, and dispatch-events-aws:stack is reserved for the stack."
  }
}
