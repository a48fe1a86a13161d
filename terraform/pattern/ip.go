package pattern

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// network is a block of addresses, or one of them: the lowest and the highest as upper-case hex digits. EventBridge
// compares digit by digit until one settles it, whatever the value's length is. 0.0.0.0/0 so takes every address of
// version 6 as well, and a number when its first digits happen to fit.
type network struct {
	low, high string
	numeric   bool // the field is compared with numbers too, which keeps numbers from being taken for digits
}

func (m network) match(v *value) bool {
	if v.text[0] != '"' {
		if m.numeric {
			if _, ok := v.float(); ok {
				return false
			}
		}
		return m.holds(v.text)
	}
	var digits [32]byte
	ip, ok := parseIP(v.text[1 : len(v.text)-1])
	return ok && m.holds(appendHex(digits[:0], ip))
}

func (m network) holds(digits []byte) bool {
	onLow, onHigh := true, true
	for i := range len(m.low) {
		if i == len(digits) {
			return false
		}
		c := digits[i]
		isHex := c >= '0' && c <= '9' || c >= 'A' && c <= 'F'
		if !isHex || onLow && c < m.low[i] || onHigh && c > m.high[i] {
			return false
		}
		onLow, onHigh = onLow && c == m.low[i], onHigh && c == m.high[i]
		if !onLow && !onHigh {
			return true
		}
	}
	return true
}

func appendHex(dst []byte, ip netip.Addr) []byte {
	const upper = "0123456789ABCDEF"
	raw := ip.As16()
	from := 0
	if ip.Is4() {
		from = 12
	}
	for _, b := range raw[from:] {
		dst = append(dst, upper[b>>4], upper[b&15])
	}
	return dst
}

// parseIP reads what EventBridge takes for an address: four numbers with dots, zeros before them allowed, or hex digits
// with colons. The mixed form ::ffff:10.0.0.1 is none, and a version 4 address written as ::ffff:a00:1 is version 4.
func parseIP(text []byte) (netip.Addr, bool) {
	dots := bytes.Count(text, []byte("."))
	switch {
	case dots == 3 && len(text) <= len("255.255.255.255"):
		return parseIPv4(text)
	case dots == 0 && bytes.IndexByte(text, ':') >= 0 && bytes.IndexByte(text, '%') < 0 && len(text) <= 39:
		ip, err := netip.ParseAddr(string(text))
		return ip.Unmap(), err == nil
	default:
		return netip.Addr{}, false
	}
}

func parseIPv4(text []byte) (netip.Addr, bool) {
	var four [4]byte
	part, number, digits := 0, 0, 0
	for _, c := range append(text[:len(text):len(text)], '.') {
		if c >= '0' && c <= '9' {
			number, digits = number*10+int(c-'0'), digits+1
			continue
		}
		if c != '.' || digits == 0 || number > 255 {
			return netip.Addr{}, false
		}
		four[part] = byte(number)
		part, number, digits = part+1, 0, 0
	}
	return netip.AddrFrom4(four), true
}

// oneAddress is the network of a single address.
func oneAddress(ip netip.Addr) network {
	digits := string(appendHex(nil, ip))
	return network{low: digits, high: digits}
}

// parseCIDR reads a block such as 10.0.0.0/8; reason says what is wrong with it.
func parseCIDR(text string) (block network, reason string) {
	const want = `"cidr" takes an address block such as 10.0.0.0/8 or 2001:db8::/32, `
	address, length, ok := strings.Cut(text, "/")
	if !ok {
		return block, want + fmt.Sprintf("%q has no slash and prefix length; for one address write it as a plain string", text)
	}
	ip, ok := parseIP([]byte(address))
	if !ok {
		return block, want + fmt.Sprintf("%q is no IP address", address)
	}
	bits, err := strconv.Atoi(length)
	if limit := ip.BitLen() - 1; err != nil || bits < 0 || bits > limit {
		return block, want + fmt.Sprintf("its prefix length is a number from 0 to %d, not %q", limit, length)
	}
	low := netip.PrefixFrom(ip, bits).Masked().Addr()
	raw := low.AsSlice()
	for i := bits; i < ip.BitLen(); i++ {
		raw[i/8] |= 0x80 >> (i % 8)
	}
	high, _ := netip.AddrFromSlice(raw)
	return network{low: string(appendHex(nil, low)), high: string(appendHex(nil, high))}, ""
}
