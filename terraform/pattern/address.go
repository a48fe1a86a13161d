package pattern

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// network is a block of addresses, or one of them: the lowest and the highest as upper-case hex digits. EventBridge
// compares digit by digit until the result is certain, whatever the value's length is. 0.0.0.0/0 so matches every
// address of version 6 as well, and a number when its first digits happen to fit.
type network struct{ low, high string }

func (n network) match(v *value) bool {
	if v.text[0] != '"' {
		return !v.onlyNumber && n.holds(v.text)
	}
	ip, ok := parseIP(v.text[1 : len(v.text)-1])
	return ok && n.holds(hexDigits(ip))
}

func (n network) holds(digits string) bool {
	onLow, onHigh := true, true
	for i := range len(n.low) {
		if i == len(digits) {
			return false
		}
		c := digits[i]
		isHex := c >= '0' && c <= '9' || c >= 'A' && c <= 'F'
		if !isHex || onLow && c < n.low[i] || onHigh && c > n.high[i] {
			return false
		}
		onLow, onHigh = onLow && c == n.low[i], onHigh && c == n.high[i]
		if !onLow && !onHigh {
			return true
		}
	}
	return true
}

func hexDigits(ip netip.Addr) string { return fmt.Sprintf("%X", ip.AsSlice()) }

// parseIP reads what EventBridge takes for an address: four numbers with dots, zeros before them allowed, or hex digits
// with colons. The mixed form ::ffff:10.0.0.1 is none, and a version 4 address written as ::ffff:a00:1 is version 4.
func parseIP(text string) (netip.Addr, bool) {
	dots := strings.Count(text, ".")
	switch {
	case dots == 3 && len(text) <= len("255.255.255.255"):
		return parseIPv4(text)
	case dots == 0 && strings.Contains(text, ":") && !strings.Contains(text, "%") && len(text) <= 39:
		ip, err := netip.ParseAddr(text)
		return ip.Unmap(), err == nil
	default:
		return netip.Addr{}, false
	}
}

func parseIPv4(text string) (netip.Addr, bool) {
	var four [4]byte
	for i, digits := range strings.SplitN(text, ".", 4) {
		number, err := strconv.ParseUint(digits, 10, 8)
		if err != nil {
			return netip.Addr{}, false
		}
		four[i] = byte(number)
	}
	return netip.AddrFrom4(four), true
}

// oneAddress is the network of a single address.
func oneAddress(ip netip.Addr) network {
	digits := hexDigits(ip)
	return network{low: digits, high: digits}
}

// parseCIDR reads a block such as 10.0.0.0/8; problem is what is wrong with it.
func parseCIDR(text string) (block network, problem string) {
	const want = `"cidr" takes an address block such as 10.0.0.0/8 or 2001:db8::/32, `
	address, length, ok := strings.Cut(text, "/")
	if !ok {
		return block, want +
			fmt.Sprintf("%q has no slash and prefix length; for one address write it as a plain string", text)
	}
	ip, ok := parseIP(address)
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
	return network{low: hexDigits(low), high: hexDigits(high)}, ""
}
