# Documents only: no provider is needed, so this module also runs where there is none.
terraform {
  required_version = ">= 1.9"
}
