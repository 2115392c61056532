package board

// readSchedule reads [backend.schedule].
func (r *backendReader) readSchedule(v *value) {
	vs, ok := v.table(`[backend.schedule] on a line of its own, and the flows below it`)
	if !ok {
		return
	}
	flows := map[string]Flow{}
	var known []string
	for _, f := range r.kind.Flows {
		flows[f.Name] = f
		if r.has(f.Versions) && f.Unscheduled == "" {
			known = append(known, f.Name)
		}
	}
	for _, p := range vs {
		flow, there := flows[p.key]
		switch {
		case !there:
			p.refuse(suggest(p.key, known), "there is no such flow to schedule")
		case !r.has(flow.Versions):
			p.refuse("leave it out, or correct the version", "%s %q has no such flow, only %s has", r.kind.Name, r.version, quoteList(flow.Versions))
		case flow.Unscheduled != "":
			p.refuse(flow.Unscheduled, "it has no schedule")
		default:
			r.readCron(p)
		}
	}
}

func (r *backendReader) readCron(v *value) {
	spec, ok := v.string()
	if !ok {
		return
	}
	if spec != "" && r.checks.Cron != nil {
		if err := r.checks.Cron(spec); err != nil {
			v.refuse(`write minute, hour, day, month and weekday, such as "*/15 * * * *", or "" to start it by hand only`, "%v", err)
			return
		}
	}
	r.b.Schedule[v.key] = spec
}
