package pattern

import "strings"

// wants says in words what the array of a field accepts.
func wants(n *node) string {
	words := make([]string, 0, len(n.items))
	for _, item := range n.items {
		words = append(words, wantsOne(item))
	}
	return orList(words)
}

// orList sets a comma before the or where there are words that an or could be taken for a part of.
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	or := " or "
	if len(words) > 2 || strings.ContainsRune(words[0], ' ') {
		or = ", or "
	}
	return strings.Join(words[:len(words)-1], ", ") + or + words[len(words)-1]
}

func wantsOne(n *node) string {
	if n.kind != kindObject {
		return written(n)
	}
	op, value := n.members[0].key, n.members[0].value
	switch op {
	case "anything-but":
		return "anything but " + butWhat(value)
	case "numeric":
		return "a number " + comparisons(value.items)
	case "exists":
		if value.text == "true" {
			return "any value"
		}
		return "no value"
	case "cidr":
		return "an address in " + value.text
	}
	return likeWhat(op, value)
}

// likeWhat is for the operators that compare strings.
func likeWhat(op string, value *node) string {
	if value.kind == kindObject {
		return likeWhat(op, value.members[0].value) + " in any case"
	}
	switch op {
	case "prefix":
		return "a string that begins with " + written(value)
	case "suffix":
		return "a string that ends with " + written(value)
	case "wildcard":
		return "a string like " + written(value)
	case "equals-ignore-case":
		return written(value) + " in any case"
	default:
		return written(value)
	}
}

func butWhat(n *node) string {
	switch n.kind {
	case kindObject:
		op, value := n.members[0].key, n.members[0].value
		if value.kind != kindArray {
			return likeWhat(op, value)
		}
		words := make([]string, 0, len(value.items))
		for _, item := range value.items {
			words = append(words, likeWhat(op, item))
		}
		return orList(words)
	case kindArray:
		words := make([]string, 0, len(n.items))
		for _, item := range n.items {
			words = append(words, written(item))
		}
		return orList(words)
	default:
		return written(n)
	}
}

func comparisons(items []*node) string {
	words := make([]string, 0, 2)
	for i := 0; i+1 < len(items); i += 2 {
		words = append(words, items[i].text+" "+items[i+1].text)
	}
	return strings.Join(words, " and ")
}

// written is a scalar as JSON, cut when it is long.
func written(n *node) string {
	text := n.text
	if n.kind == kindString {
		text = jsonString(n.text)
	}
	const room = 60
	if runes := []rune(text); len(runes) > room {
		return string(runes[:room]) + "…"
	}
	return text
}
