# What EventBridge would refuse only once half the stack stands is refused in the plan, as far as expressions without
# recursion reach. Emulators take nearly anything.
locals {
  # As the provider sends it: jsonencode writes <, > and & as six characters, EventBridge counts one.
  sent = { for k, p in local.patterns : k => replace(replace(replace(p, "\\u003c", "<"), "\\u003e", ">"), "\\u0026", "&") }

  # The shape of a pattern: every string is s, every other scalar n, every array without an object in it a.
  shapes = { for k, p in local.patterns : k => replace(replace(replace(p,
    "/\"(?:[^\"\\\\]|\\\\.)*\"/", "s"),
    "/-?[0-9][-+.0-9eE]*|true|false|null/", "n"),
  "/\\[[sn,]+\\]/", "a") }

  # The shape with arrays of objects folded too, from the inside outwards; five levels are more than operators nest.
  fold  = "/\\[[^\\[\\]]*\\]/"
  folds = { for k, s in local.shapes : k => replace(replace(replace(replace(replace(s, local.fold, "a"), local.fold, "a"), local.fold, "a"), local.fold, "a"), local.fold, "a") }

  operators = ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"]

  # An object in an array is an operator, unless the array is that of $or: its objects are patterns, which are left to AWS.
  used = { for k, p in local.patterns : k => strcontains(p, "\"$or\":[") ? [] : [for m in regexall("[\\[,]\\{\"((?:[^\"\\\\]|\\\\.)*)\":", p) : m[0]] }

  flaws = { for k, p in local.patterns : k => compact(concat(
    [length(local.sent[k]) > var.pattern_limit ? "it has ${length(local.sent[k])} characters, more than ${var.pattern_limit}" : null],
    [strcontains(local.shapes[k], "[]") ? "an array is empty" : null],
    [strcontains(local.shapes[k], "{}") ? "an object is empty" : null],
    [can(regex("[\\[,](?:\\[|a)", local.shapes[k])) ? "an array is inside an array" : null],
    [can(regex(":[sn]", local.folds[k])) ? "a value is not in an array" : null],
    [can(regex("[\\[,]\\{s:[sna],", local.shapes[k])) && !strcontains(p, "\"$or\":[") ? "two operators are in one object" : null],
    [for o in local.used[k] : "unknown operator \"${o}\" (known: ${join(", ", local.operators)})" if !contains(local.operators, o)],
  )) }
}
