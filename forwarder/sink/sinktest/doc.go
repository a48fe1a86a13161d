// Package sinktest is a test kit for everything that sends events: receivers that answer as the real ones do, status
// for status and text for text. Three are Dispatch's own (Solo, the sidecar, the sidecar of the first releases), one
// takes CloudEvents 1.0 in every mode. A Receiver is an http.Handler; it records what it accepts and what it refuses,
// and it can be told to fail: with any status, by stalling, by cutting the connection, by answering half or slowly.
package sinktest
