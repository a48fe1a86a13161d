package pattern

import (
	"math"
	"strconv"
	"strings"
)

// parseNumber reads a number as EventBridge compares it: as a double, if the shortest decimal that names that double is
// the number itself. 9007199254740993 is none such, and equals only what is written with the same digits.
func parseNumber(text []byte) (float64, bool) {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, false
	}
	if f == 0 {
		return 0, isZero(text)
	}
	// Fifteen digits always come back from a double unchanged, away from its smallest and largest values.
	if abs := math.Abs(f); len(text) <= 15 && abs > 1e-290 && abs < 1e290 {
		return f, true
	}
	return f, decimalOf(string(text)) == decimalOf(shortest(f))
}

func isZero(text []byte) bool {
	for _, c := range text {
		if c == 'e' || c == 'E' {
			break
		}
		if c >= '1' && c <= '9' {
			return false
		}
	}
	return true
}

// shortest is the decimal that Java prints for a double: the shortest that reads back as the same, but of two digits
// where one would do and two come closer, as with 4.9e-324.
func shortest(f float64) string {
	s := strconv.FormatFloat(f, 'e', -1, 64)
	if strings.ContainsRune(s, '.') {
		return s
	}
	two := strconv.FormatFloat(f, 'e', 1, 64)
	if g, err := strconv.ParseFloat(two, 64); err == nil && g == f {
		return two
	}
	return s
}

// decimal is a number as digits without zeros at either end, times ten to the exponent.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

func decimalOf(text string) decimal {
	var d decimal
	text, d.negative = strings.CutPrefix(text, "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	d.exponent, _ = strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	whole, fraction, _ := strings.Cut(mantissa, ".")
	d.exponent -= len(fraction)
	digits := strings.TrimLeft(whole+fraction, "0")
	d.digits = strings.TrimRight(digits, "0")
	d.exponent += len(digits) - len(d.digits)
	return d
}
