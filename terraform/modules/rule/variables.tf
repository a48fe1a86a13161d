variable "name" {
  description = "Beginning of the names of all rules, which are `<name>.<key>`. 1 to 62 letters, digits and '-': EventBridge limits the name of a rule to 64 characters. Neither '.' nor '_' is allowed, so that the name of a rule of another stack cannot begin with `<name>.`"
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,62}$", var.name))
    error_message = "name must have 1 to 62 letters, digits and '-'."
  }
}

variable "patterns" {
  description = "Event patterns as JSON texts by key. The key is a part of the rule's name, so a changed pattern changes the rule in place."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = !contains(keys(var.patterns), "schedule")
    error_message = "patterns: the key schedule is that of the schedule's rule; choose another one."
  }

  validation {
    condition     = length(setsubtract(keys(var.rule_names), concat(keys(var.patterns), ["schedule"]))) == 0
    error_message = "rule_names has a key that is neither a key of patterns nor schedule."
  }

  validation {
    condition     = alltrue([for p in values(var.patterns) : try(length(keys(jsondecode(p))) > 0, false)])
    error_message = "patterns must be JSON objects that name at least one field; wrong: ${join(", ", [for k, p in var.patterns : "${k} = ${p}" if !try(length(keys(jsondecode(p))) > 0, false)])}."
  }

  # As the provider sends it: jsonencode writes <, > and & as six characters each, EventBridge counts one.
  validation {
    condition     = alltrue([for p in values(var.patterns) : length(replace(try(jsonencode(jsondecode(p)), p), "/\\\\u00(3c|3e|26)/", "x")) <= var.pattern_limit])
    error_message = "patterns: EventBridge accepts at most ${var.pattern_limit} characters in one pattern."
  }

  validation {
    condition     = length(distinct([for p in values(var.patterns) : try(jsonencode(jsondecode(p)), p)])) == length(var.patterns)
    error_message = "patterns must differ: the same pattern twice would deliver every event twice."
  }
}

variable "rule_names" {
  description = "Map from the key of a rule to the exact name of that rule, without wildcards, which is used instead of `<name>.<key>`. Each name has at most 64 letters, digits, '.', '-' and '_' (EventBridge's limit). A key is one of the keys of `patterns`, or `schedule`."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "event_bus_name" {
  description = "Name (not ARN) of the event bus that the rules are on: `default`, a custom bus, or a partner event bus (aws.partner/…). AWS's own services send to the default bus only."
  type        = string
  default     = "default"
  nullable    = false

  validation {
    condition     = can(regex("^[/.\\-_A-Za-z0-9]{1,256}$", var.event_bus_name))
    error_message = "event_bus_name must be a name, not an ARN: 1 to 256 letters, digits, '.', '-', '_' and '/' (EventBridge); the name of a partner event bus begins with aws.partner/."
  }
}

variable "archive_retention" {
  description = "Number of days for which EventBridge keeps the events of each pattern in an archive, from which you can replay them. The value must be a whole number; 0 keeps the events indefinitely. Each archive is named `<name>.<key>`, which must have at most 48 characters. If null, no archives are created. AWS bills for archived events."
  type        = number
  default     = null

  validation {
    condition     = var.archive_retention == null || try(var.archive_retention >= 0 && floor(var.archive_retention) == var.archive_retention, false)
    error_message = "archive_retention must be null or a whole number of days; 0 keeps the events indefinitely."
  }
}

variable "pattern_limit" {
  description = "Maximum number of characters in one pattern, at most 4,096 (the API's limit). EventBridge's default quota is 2,048. Raise this value if AWS has raised the quota of your account."
  type        = number
  default     = 2048
  nullable    = false
}

variable "schedule" {
  description = "Schedule expression of one more rule, with the key `schedule`, such as `rate(5 minutes)` or `cron(0 12 * * ? *)`, in UTC, with at least one minute between two events. If null, there is no schedule."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^(rate\\([1-9][0-9]* (minute|hour|day)s?\\)|cron\\([^ ]+( [^ ]+){5}\\))$", coalesce(var.schedule, "rate(1 day)"))) && length(coalesce(var.schedule, "-")) <= 256
    error_message = "schedule must be null, a rate such as rate(5 minutes), or a cron of six fields such as cron(0 12 * * ? *); at most 256 characters."
  }

  validation {
    condition     = var.schedule == null || var.event_bus_name == "default"
    error_message = "schedule: EventBridge runs schedules only on the default bus."
  }
}

variable "state" {
  description = "State of the rules: \"ENABLED\", \"DISABLED\", or \"ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS\". With the third value, patterns also match API calls that only read (Describe, Get, List), and the rule of the schedule is set to \"ENABLED\"."
  type        = string
  default     = "ENABLED"
  nullable    = false
}

variable "queue_arn" {
  description = "ARN of the SQS queue that every rule sends to, in the region of the rules. The policy of the queue must allow the rules to send: see `rules` of the module `queue`."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z0-9-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}(\\.fifo)?$", var.queue_arn))
    error_message = "queue_arn must be the ARN of an SQS queue, such as arn:aws:sqs:eu-west-1:123456789012:dispatch."
  }
}

variable "dead_letter_queue_name" {
  description = "Name of the queue for events that EventBridge could not put into the queue `queue_arn` (not those that the receiver refused). The queue is always a standard queue, as EventBridge requires. If null, the name is `<name>-undelivered`."
  type        = string
  default     = null
}

variable "max_message_size" {
  description = "Maximum size of an event in bytes, in the queue for events that EventBridge could not put into the queue `queue_arn`: 1,024 to 1,048,576, SQS's range. EventBridge sends events of up to 1 MiB, and those above the limit are lost. Therefore set 1048576 with version 6.8 or later of the AWS provider; earlier versions accept at most 262,144 (256 KiB). If null, the default of the provider applies, which depends on its version and can be 262,144."
  type        = number
  default     = null
}

variable "tags" {
  description = "Tags for every resource: at most 50, AWS's limit."
  type        = map(string)
  default     = {}
}
