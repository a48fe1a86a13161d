package stack

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestJournalRemembersAcrossRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.json")
	here := place{Region: "us-west-2", Account: "1", Endpoint: "http://e", State: "s3://b/k"}
	j := reopen(t, path)
	if j.Region != "" {
		t.Error("an empty journal knows a stack")
	}
	if err := j.begin("up", here); err != nil {
		t.Fatal(err)
	}
	if j = reopen(t, path); j.Unfinished != "up" || j.Region == "" || j.agrees(here) != nil {
		t.Errorf("after begin: %+v", j)
	}
	if !j.cutOff {
		t.Error("a run that only began is not taken for cut off")
	}
	if err := j.fail(); err != nil {
		t.Fatal(err)
	}
	if j = reopen(t, path); !j.cutOff {
		t.Error("what was cut off is forgotten when the next run fails")
	}
	j = &journal{path: path}
	if err := errors.Join(j.begin("up", here), j.fail()); err != nil {
		t.Fatal(err)
	}
	if j = reopen(t, path); j.cutOff || j.Unfinished != "up" {
		t.Errorf("after failure: %+v", j)
	}
	if err := j.end(); err != nil {
		t.Fatal(err)
	}
	if j = reopen(t, path); j.Unfinished != "" || j.Region == "" {
		t.Errorf("after end: %+v", j)
	}
}

func TestJournalRefusesAnotherPlace(t *testing.T) {
	const ofFolder = "; if the emulator or the state that it was created with no longer exists: rm -r /states/mine"
	here := place{Region: "us-west-2", Account: "1"}
	elsewhere := place{Region: "us-west-2", Account: "1", State: "s3://b/k"}
	emulator := place{Region: "us-west-2", Account: "1", Endpoint: "http://e"}
	for _, c := range []struct {
		here, there place
		want, hint  string
	}{
		{
			here, emulator, "in the region us-west-2 of the account 1 at AWS, with its state in its own folder, " +
				"but this run would look for it in the region us-west-2 of the account 1 at http://e", "",
		},
		{here, place{Region: "us-west-2", Account: "2"}, "in the region us-west-2 of the account 2", ""},
		{here, place{Region: "eu-west-1", Account: "1"}, "look for it in the region eu-west-1", ""},
		{here, place{Region: "eu-west-1"}, "look for it in the region eu-west-1 of the account 1", ""},
		{here, elsewhere, "with its state in s3://b/k", ""},
		{elsewhere, place{Region: "us-west-2", Account: "1", State: "s3://b/other"}, "its state in s3://b/k, but", ofFolder},
		{emulator, place{Region: "us-west-2", Account: "1", Endpoint: "http://f"}, "at http://e, with", ofFolder},
	} {
		j := &journal{
			place: c.here, path: "/states/mine/journal.json",
		}
		err := j.agrees(c.there)
		var refused *Refusal
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) ||
			refused.Hint() != "run this command with the STATE, endpoint, credentials and region "+
				"that the stack was created with, or choose another NAME"+c.hint {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if err := j.agrees(c.here); err != nil {
			t.Error(err)
		}
	}
	j := &journal{place: place{Region: "us-west-2", Account: "1"}}
	if err := j.agrees(place{Region: "us-west-2"}); err != nil {
		t.Errorf("before the account is known: %v", err)
	}
}

func TestJournalThatCannotBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.json")
	put(t, path, "{")
	if _, err := readJournal(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

func reopen(t *testing.T, path string) *journal {
	t.Helper()
	j, err := readJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	return j
}
