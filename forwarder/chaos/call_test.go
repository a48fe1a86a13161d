package chaos

import (
	"encoding/json"
	"net/http"
)

// call is one call of a forwarder to the queue, on its way to the ledger.
type call struct {
	*watch
	number   int // of the process
	op       string
	request  request
	receipts []receipt // of the entries
}

// prepare reports to the ledger what is about to be done.
func (c *call) prepare() {
	known := c.request.Entries[:0]
	for _, e := range c.request.Entries {
		r, is := c.ledger.find(e.ReceiptHandle)
		if !is {
			continue
		}
		known, c.receipts = append(known, e), append(c.receipts, r)
		if c.op == "ChangeMessageVisibilityBatch" {
			c.ledger.hiding(c.number, r.event, e.lasts())
		}
	}
	c.request.Entries = known
	if c.op == "DeleteMessageBatch" {
		c.ledger.deleting(c.number, c.receipts)
	}
}

// conclude reports to the ledger what has been done.
func (c *call) conclude(out *recorder, told bool) {
	var said answer
	if out.status == http.StatusOK {
		_ = json.Unmarshal(out.Bytes(), &said) // the server's own
	}
	switch c.op {
	case "ReceiveMessage":
		var handles []string
		var events []int
		for _, m := range said.Messages {
			handles, events = append(handles, m.ReceiptHandle), append(events, numbers(m.Body)...)
		}
		c.ledger.assigned(c.number, handles, events, told)
	case "DeleteMessageBatch":
		for i, e := range c.request.Entries {
			c.ledger.deleted(c.number, c.receipts[i], said.did(e.ID))
		}
	case "ChangeMessageVisibilityBatch":
		for i, e := range c.request.Entries {
			c.ledger.hidden(c.number, c.receipts[i].event, e.lasts(), said.did(e.ID), told, said.isInvalid(e.ID))
		}
	case "SendMessage":
		for _, event := range numbers(c.request.MessageBody) {
			c.ledger.deadLetter(c.number, event, out.status == http.StatusOK, told)
		}
	}
}

// did reports whether an entry has succeeded.
func (a *answer) did(id string) bool {
	for _, s := range a.Successful {
		if s.ID == id {
			return true
		}
	}
	return false
}

// isInvalid reports whether the answer calls an entry's receipt handle invalid.
func (a *answer) isInvalid(id string) bool {
	for _, f := range a.Failed {
		if f.ID == id {
			return f.Code == invalidHandle.Code
		}
	}
	return false
}
