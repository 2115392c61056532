package network

import "context"

// internetTime are the time servers that are asked where none are given: those of the pool that gokrazy may use.
var internetTime = []string{"0.gokrazy.pool.ntp.org", "1.gokrazy.pool.ntp.org", "2.gokrazy.pool.ntp.org"}

// keepTime keeps the clock right until ctx ends.
func (n *Network) keepTime(ctx context.Context) {
	servers := n.TimeServers
	if len(servers) == 0 {
		servers = internetTime
	}
	for ctx.Err() == nil {
		n.listen(ctx, "the clock", "", n.Clock, servers...)
		pause(ctx, n.beat)
	}
}
