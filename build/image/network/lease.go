package network

import (
	"encoding/json"
	"net"
	"net/netip"
)

// static is the DHCP client's flag for an address that is given.
const static = "-static_network_config"

// A lease is what gokrazy's DHCP client is given in place of one of a DHCP server (github.com/rtr7/dhcp4, Lease).
type lease struct {
	IP      netip.Addr
	Netmask net.IPMask
	Router  *netip.Addr `json:",omitempty"`
	DNS     []netip.Addr
}

// arguments are those of the DHCP client for an interface.
func (s Settings) arguments(name string) ([]string, error) {
	args := []string{"-interface", name}
	if !s.Address.IsValid() {
		return args, nil
	}
	l := lease{IP: s.Address.Addr(), Netmask: net.CIDRMask(s.Address.Bits(), 32), DNS: s.NameServers}
	if s.Gateway.IsValid() {
		l.Router = &s.Gateway
	}
	text, err := json.Marshal(l)
	return append(args, static, string(text)), err
}
