package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// page returns a page of 1,000 versions of a bucket; another page follows unless it is the last.
func page(first int, last bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "200 <ListVersionsResult><IsTruncated>%v</IsTruncated><NextKeyMarker>%d</NextKeyMarker>", !last, first)
	for i := range 1000 {
		fmt.Fprintf(&b, "<Version><Key>%d</Key><VersionId>v</VersionId></Version>", first+i)
	}
	return b.String() + "</ListVersionsResult>"
}

// TestObjectsAreCountedBeyondThePage checks that up to ten pages are counted.
func TestObjectsAreCountedBeyondThePage(t *testing.T) {
	for _, c := range []struct {
		pages, count int
		more         bool
	}{{1, 1000, false}, {2, 2000, false}, {10, 10_000, false}, {11, 10_000, true}} {
		w := newWorld(t)
		served := 0
		w.pages = func() string {
			served++
			return page(served*1000, served == c.pages)
		}
		got, err := w.client().Objects(t.Context(), "pics")
		if err != nil || got.Count != c.count || got.More != c.more ||
			!slices.Equal(got.First, []string{"1000", "1001", "1002"}) {
			t.Errorf("%d pages: %+v, %v", c.pages, got, err)
		}
	}
}
