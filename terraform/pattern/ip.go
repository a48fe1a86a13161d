package pattern

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// looksLikeIP tells what EventBridge tries to read as an address: four numbers with dots, or hex digits with colons. The
// mixed form ::ffff:10.0.0.1 is not among them.
func looksLikeIP(text []byte) bool {
	dots, colons, hex := 0, 0, false
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
		case c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
			hex = true
		case c == '.':
			dots++
		case c == ':':
			colons++
		default:
			return false
		}
	}
	return dots == 3 && colons == 0 && !hex || colons > 0 && dots == 0
}

// parseIP reads an address. A version 4 address that is written as a version 6 one is the version 4 address.
func parseIP(text string) (netip.Addr, bool) {
	if !looksLikeIP([]byte(text)) {
		return netip.Addr{}, false
	}
	ip, err := netip.ParseAddr(text)
	return ip.Unmap(), err == nil
}

// parseCIDR reads a block such as 10.0.0.0/8; reason says what is wrong with it.
func parseCIDR(text string) (block netip.Prefix, reason string) {
	const want = `"cidr" takes an address block such as 10.0.0.0/8 or 2001:db8::/32, `
	address, length, ok := strings.Cut(text, "/")
	if !ok {
		return block, want + fmt.Sprintf("%q has no slash and prefix length; for one address write it as a plain string", text)
	}
	ip, ok := parseIP(address)
	if !ok {
		return block, want + fmt.Sprintf("%q is no IP address", address)
	}
	bits, err := strconv.Atoi(length)
	if limit := ip.BitLen() - 1; err != nil || bits < 0 || bits > limit {
		return block, want + fmt.Sprintf("its prefix length is a number from 0 to %d, not %q", limit, length)
	}
	return netip.PrefixFrom(ip, bits), ""
}
