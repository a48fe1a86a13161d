package queue

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// FuzzMessages holds what is read of the answer to a receive to encoding/json.
func FuzzMessages(f *testing.F) {
	for _, seed := range []string{
		``,
		`{}`,
		`[]`,
		`{"Messages":[]}`,
		`{"Messages":null}`,
		`{"Messages":[{}],"Messages":[null,1]}`,
		`{"Messages":[{"Body":"{\"id\":\"1\"}"}`,
		`{"Messages":[{"MessageId":"m","ReceiptHandle":"AQEB\/+=","MD5OfBody":"x","Body":"a\u00fc\n\ud83d\ude00",` +
			`"Attributes":{"ApproximateReceiveCount":"3","SentTimestamp":"1700000000000",` +
			`"MessageGroupId":"g","AWSTraceHeader":"Root=1"}}]}`,
		`{"Messages":[{"Body":5,"Attributes":{"SentTimestamp":"x","ApproximateReceiveCount":-1}}]}`,
	} {
		f.Add([]byte(seed))
	}
	now := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, answer []byte) {
		text := string(answer) // bodies are decoded in place
		got, err := readMessages(answer, MaxBatch, now)
		if valid := json.Valid([]byte(text)); (err == nil) != valid && len(text) < 10_000 { // deeper nesting is refused
			t.Fatalf("%q: valid is %t, got %v", text, valid, err)
		}
		if err != nil {
			return
		}
		want := elements(members([]byte(text))["Messages"])
		if len(got) != len(want) {
			t.Fatalf("%q: %d messages, want %d", text, len(got), len(want))
		}
		for i, raw := range want {
			m := members(raw)
			if got[i].ID != written(m["MessageId"]) || got[i].Receipt != written(m["ReceiptHandle"]) ||
				string(got[i].Body) != written(m["Body"]) {
				t.Fatalf("%q: message %d is %+v", text, i, got[i])
			}
			if got[i].Group != written(members(m["Attributes"])["MessageGroupId"]) || got[i].Sent.IsZero() {
				t.Fatalf("%q: message %d is %+v", text, i, got[i])
			}
		}
	})
}

// FuzzOutcomes looks for answers to a batch by which an entry counts as done that the answer does not call successful.
func FuzzOutcomes(f *testing.F) {
	for _, seed := range []string{
		``,
		`{}`,
		`{"Successful":[{"Id":"0"},{"Id":"1"}],` +
			`"Failed":[{"Id":"2","Code":"InternalError","Message":"m","SenderFault":true}]}`,
		`{"Successful":[{"Id":"-1"},{"Id":"3"},{"Id":"00"},{"Id":1}]`,
		`{"Failed":[{"Id":"0"}],"Successful":[{"Id":"0","Id":"1"}]}`,
		`{"__type":"com.amazonaws.sqs#OverLimit","Message":"too many"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := (answer{Response: &http.Response{Status: "400 Bad Request"}, text: text}).apiError(); err == nil {
			t.Fatalf("%q is no error", text)
		}
		done := map[int]bool{}
		if json.Valid(text) {
			for _, raw := range elements(members(text)["Successful"]) {
				if i, err := strconv.Atoi(written(members(raw)["Id"])); err == nil {
					done[i] = true
				}
			}
		}
		for i, err := range outcomes(3, "delete", text) {
			if err == nil && !done[i] {
				t.Fatalf("%q: entry %d counts as done", text, i)
			}
		}
	})
}

// members, elements and written read JSON surely and slowly; what is of another kind has none.
func members(raw json.RawMessage) (all map[string]json.RawMessage) {
	_ = json.Unmarshal(raw, &all)
	return all
}

func elements(raw json.RawMessage) (all []json.RawMessage) {
	_ = json.Unmarshal(raw, &all)
	return all
}

func written(raw json.RawMessage) (text string) {
	_ = json.Unmarshal(raw, &text)
	return text
}
