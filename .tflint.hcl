# The rules that tflint brings along; no plugin is fetched.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Modules have main.tf, variables.tf and outputs.tf, which a test holds them to; an example is one file.
rule "terraform_standard_module_structure" {
  enabled = false
}
