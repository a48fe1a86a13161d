//go:build !unix

package main

// keepPrivate is for systems whose files have a mode.
func keepPrivate() {}
