package examples

import (
	"slices"
	"strings"
)

// ignored says nothing of what a server takes.
var ignored = []string{"description", "default", "example", "nullable", "format"}

// closed copies an OpenAPI schema as a JSON schema. An object that lists its fields takes no others, even where the
// server would keep them. follow is told of every component referred to.
func closed(schema any, follow func(name string)) any {
	fields, ok := schema.(object)
	if !ok {
		return schema
	}
	if fields["x-kubernetes-int-or-string"] == true {
		return object{"type": []string{"integer", "string"}}
	}
	out := object{}
	for key, value := range fields {
		switch {
		case slices.Contains(ignored, key) || strings.HasPrefix(key, "x-"):
		case key == "$ref":
			name := strings.TrimPrefix(value.(string), "#/components/schemas/")
			follow(name)
			out[key] = "#/definitions/" + name
		case key == "properties":
			out[key] = eachOf(value.(object), func(v any) any { return closed(v, follow) })
		case key == "items" || key == "additionalProperties" || key == "not":
			out[key] = closed(value, follow)
		case key == "allOf" || key == "anyOf" || key == "oneOf":
			out[key] = everyOf(value.([]any), func(v any) any { return closed(v, follow) })
		default:
			out[key] = value
		}
	}
	if out["properties"] != nil && out["additionalProperties"] == nil {
		out["additionalProperties"] = false
	}
	return out
}

// plain drops what is for people only.
func plain(schema any) any {
	switch value := schema.(type) {
	case object:
		out := eachOf(value, plain)
		if _, isText := out["description"].(string); isText {
			delete(out, "description")
		}
		return out
	case []any:
		return everyOf(value, plain)
	}
	return schema
}

func eachOf(of object, change func(any) any) object {
	out := object{}
	for key, value := range of {
		out[key] = change(value)
	}
	return out
}

func everyOf(of []any, change func(any) any) []any {
	out := make([]any, len(of))
	for i, value := range of {
		out[i] = change(value)
	}
	return out
}
