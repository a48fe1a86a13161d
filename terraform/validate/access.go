package validate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	accountForm   = regexp.MustCompile(`^[0-9]{12}$`)
	principalForm = regexp.MustCompile(`^arn:aws[a-z0-9-]*:(iam|sts)::[0-9]{12}:` +
		`(root|(role|user|assumed-role|federated-user)/[A-Za-z0-9+=,.@_/-]+)$`)
	keyForm   = regexp.MustCompile(`^arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-z-]+$`)
	notInTags = regexp.MustCompile(`[^\p{L}\p{Z}\p{N}_.:/=+\-@]`)
	tagForm   = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

// Grantee checks a principal that may read objects.
func Grantee(principal string) error {
	if accountForm.MatchString(principal) || principalForm.MatchString(principal) {
		return nil
	}
	return fmt.Errorf("%q is not accepted: an account's twelve digits, "+
		"or the ARN of a user, a role, a session or an account's root", principal)
}

// Key checks a KMS key for the queues.
func Key(key string) error {
	switch {
	case strings.Contains(key, "alias/aws/"):
		return fmt.Errorf("%q is a key that AWS manages, which EventBridge may not use and nobody can change: "+
			"create, or the ARN of a key of your own", key)
	case key != "create" && !keyForm.MatchString(key):
		return fmt.Errorf("%q is not accepted: create, or the ARN of a key (arn:…:kms:…:key/…)", key)
	}
	return nil
}

// Tags reads key=value,key=value and names every tag that AWS would refuse, or that is reserved for the stack itself.
func Tags(text string, reserved ...string) (tags map[string]string, problems []string) {
	tags = map[string]string{}
	for _, pair := range List(text) {
		key, value, found := strings.Cut(pair, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !found {
			problems = append(problems, fmt.Sprintf("%q is not of the form key=value", pair))
			continue
		}
		if _, twice := tags[key]; twice {
			problems = append(problems, fmt.Sprintf("%q is given twice", key))
		}
		tags[key] = value
		if problem := tagProblem(key, value, reserved); problem != "" {
			problems = append(problems, fmt.Sprintf("%q: %s", pair, problem))
		}
	}
	if most := 50 - len(reserved); len(tags) > most {
		problems = append(problems, fmt.Sprintf("%d tags: at most %d are accepted beside the stack's own", len(tags), most))
	}
	return tags, problems
}

func tagProblem(key, value string, reserved []string) string {
	switch {
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return "AWS keeps keys that begin with aws:"
	case slices.Contains(reserved, key):
		return "the stack itself sets this tag"
	case key == "" || utf8.RuneCountInString(key) > 128:
		return "a key has 1 to 128 characters"
	case utf8.RuneCountInString(value) > 256:
		return "a value has at most 256 characters"
	case !tagForm.MatchString(key) || !tagForm.MatchString(value):
		return "letters, digits, spaces and _ . : / = + - @ are accepted"
	}
	return ""
}

// TagValue is text as far as AWS takes it as the value of a tag.
func TagValue(text string) string {
	value := []rune(notInTags.ReplaceAllString(text, "_"))
	return string(value[:min(len(value), 256)])
}

// List is a comma-separated list without its empty entries.
func List(text string) []string {
	var list []string
	for entry := range strings.SplitSeq(text, ",") {
		if entry = strings.TrimSpace(entry); entry != "" {
			list = append(list, entry)
		}
	}
	return list
}
