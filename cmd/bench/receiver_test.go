package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestEventsAreJSONOfTheSizeAskedFor(t *testing.T) {
	for _, size := range []int{700, 701, 800, 10_000, 200_000} {
		ids := map[string]bool{}
		for _, i := range []int{0, 1, 4095, 79_999} {
			text := events(i, 1, size)[0]
			var e struct {
				ID     string
				Source string
				Detail struct {
					Object struct{ Key, Sequencer string }
				}
			}
			if err := json.Unmarshal([]byte(text), &e); err != nil {
				t.Fatal(err)
			}
			ids[e.ID] = true
			object := e.Detail.Object
			if len(text) != size || e.Source != "aws.s3" || object.Key == "" || object.Sequencer != fmt.Sprintf("%016x", i) {
				t.Errorf("event %d of %d bytes has %d: %+v", i, size, len(text), e)
			}
		}
		if len(ids) != 4 {
			t.Errorf("4 events have %d ids", len(ids))
		}
	}
}

func TestEventsAreFoundInWhatWrapsThem(t *testing.T) {
	var all []string
	for _, event := range events(0, 10, 700) {
		all = append(all, `{"specversion":"1.0","id":"x","data":`+event+`}`)
	}
	want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	if got := eventsIn([]byte("[" + strings.Join(all, ",") + "]")); !slices.Equal(got, want) {
		t.Errorf("found %v", got)
	}
	if got := eventsIn([]byte(all[7])); !slices.Equal(got, []int{7}) {
		t.Errorf("found %v", got)
	}
	if got := eventsIn([]byte(all[7][:len(all[7])/2])); len(got) > 0 {
		t.Errorf("found %v", got)
	}
}
