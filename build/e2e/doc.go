// Package e2e runs the built program as a process, against simulated machines on
// pseudo-terminals and a stand-in Odoo, and breaks everything around it and the
// program itself. At the end the books must agree with what the machines made.
//
// Each run prints its seed; CREMA_SEED=n runs that one again (the same decisions, not
// the same moments). CREMA_E2E says how long: unset for a short run, "ci" for some
// fifty kills, "nightly" for a few hundred.
package e2e
