variable "name" {
  description = "Name of the queue, without .fifo: at most 62 characters. SQS allows 80 characters, of which `-dead-letters.fifo` in the name of the dead-letter queue needs 18."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,62}$", var.name))
    error_message = "The queue's name must have 1 to 62 letters, digits, '-' and '_' (SQS); .fifo is added if fifo is true."
  }
}

variable "fifo" {
  description = "Whether the queue and its dead-letter queue are FIFO queues, with content-based deduplication and high throughput per message group."
  type        = bool
  default     = false
  nullable    = false
}

variable "rules" {
  description = "Names of the EventBridge rules in this account and region that are allowed to send to the queue. `*` stands for any characters: `orders.*` matches all rules that the module `rule` creates with `name = \"orders\"`. With such wildcards, you can change rules without changing the queue. If the list is empty, no rule may send."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for r in var.rules : can(regex("^[./\\-_A-Za-z0-9*]+$", r)) && can(regex("^[^*]", r))])
    error_message = "rules must contain names of EventBridge rules: letters, digits, '.', '-', '_' and '/', and '*', but not at the beginning."
  }
}

variable "source_policy_documents" {
  description = "Policy documents (JSON) whose statements are added to the queue's policy. SQS limits the whole policy to 8,192 bytes."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for d in var.source_policy_documents : can([for s in jsondecode(d).Statement : s.Effect])])
    error_message = "source_policy_documents must contain policy documents (JSON) with a list of statements."
  }
}

variable "visibility_timeout" {
  description = "Number of seconds for which a received message stays hidden: 0 to 43,200 (12 hours), SQS's range. One minute is enough for a consumer that renews the timeout."
  type        = number
  default     = 60
  nullable    = false
}

variable "retention" {
  description = "Number of seconds for which a message is kept: 60 to 1,209,600 (14 days), SQS's range. The default is the maximum, so that an outage of the receiver does not lose events. If you shorten it, SQS deletes waiting messages that are older."
  type        = number
  default     = 1209600
  nullable    = false
}

variable "max_message_size" {
  description = "Maximum size of a message in bytes: 1,024 to 1,048,576, SQS's range. EventBridge sends events of up to 1 MiB, and those above the limit are lost. Therefore set 1048576 with version 6.8 or later of the AWS provider; earlier versions accept at most 262,144 (256 KiB). If null, the default of the provider applies, which depends on its version and can be 262,144."
  type        = number
  default     = null
}

variable "max_receive_count" {
  description = "Number of receives after which SQS moves a message to the dead-letter queue if no consumer has deleted it: 1 to 1,000, SQS's range."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.max_receive_count >= 1 && var.max_receive_count <= 1000 && floor(var.max_receive_count) == var.max_receive_count
    error_message = "max_receive_count must be a whole number from 1 to 1000."
  }
}

variable "kms_key" {
  description = "How the queues are encrypted. If null, SQS encrypts them with its own key. Set it to \"create\" to create a KMS key that EventBridge is allowed to use for this queue, or to the ARN of a KMS key, whose policy must allow events.amazonaws.com to call kms:Decrypt and kms:GenerateDataKey."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null || var.kms_key == "create" || can(regex("^arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-z-]+$", var.kms_key))
    error_message = "kms_key must be null, \"create\" or the ARN of a key (arn:…:kms:…:key/…): not an alias, and not AWS's own key aws/sqs, which EventBridge is not allowed to use."
  }
}

variable "tags" {
  description = "Tags for every resource: at most 50, AWS's limit."
  type        = map(string)
  default     = {}
}
