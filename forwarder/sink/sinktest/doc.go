// Package sinktest is a test kit for everything that sends events: receivers that answer as the real ones do, with
// the same statuses and texts. Three are Dispatch's own (Solo, the sidecar, the sidecar of the first releases), one
// accepts CloudEvents 1.0 in every mode. A Receiver is an http.Handler. It records what it accepts and what it refuses,
// and it can be made to fail: with any status, by stalling, by cutting the connection, by answering partly or slowly.
package sinktest
