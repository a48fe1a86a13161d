locals {
  # Singular for one, plural for more; nothing below a minute.
  rate = "^rate\\((?:1 (?:minute|hour|day)|(?:[2-9]|[1-9][0-9]+) (?:minutes|hours|days))\\)$"

  # The six fields of EventBridge's cron, as regular expressions: an item, a range or a step, and lists of them.
  cron_number = {
    minute  = "[0-5]?[0-9]"
    hour    = "(?:[01]?[0-9]|2[0-3])"
    day     = "(?:0?[1-9]|[12][0-9]|3[01])"
    month   = "(?:0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
    weekday = "(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)"
    year    = "(?:19[7-9][0-9]|20[0-9]{2}|21[0-9]{2})"
  }
  cron_item  = { for k, n in local.cron_number : k => "(?:(?:\\*|${n}(?:-${n})?)(?:/[1-9][0-9]*)?)" }
  cron_field = { for k, i in local.cron_item : k => "${i}(?:,${i})*" }

  # L: the last day; 15W: the weekday nearest to the 15th; 6#3: the third Friday; 6L: the last Friday.
  cron_days     = "(?:${local.cron_field.day}|L|LW|${local.cron_number.day}W)"
  cron_weekdays = "(?:${local.cron_field.weekday}|L|${local.cron_number.weekday}(?:L|#[1-5]))"

  # Exactly one of the two days is '?'.
  cron = format("^cron\\(%s %s (?:%s %s \\?|\\? %s %s) %s\\)$",
    local.cron_field.minute, local.cron_field.hour,
    local.cron_days, local.cron_field.month,
    local.cron_field.month, local.cron_weekdays,
    local.cron_field.year,
  )
}
