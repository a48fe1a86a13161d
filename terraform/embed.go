// Package terraform carries the stack's Terraform files, so that a program can write them out and apply them without a
// checkout. An ops team applies the same files by hand.
package terraform

import "embed"

// Files holds the root module and modules/, laid out as here. The go:embed line lists only these files on purpose:
// tests, a local .terraform folder, state and variable files are never embedded.
//
//go:embed *.tf modules/*/*.tf
var Files embed.FS
