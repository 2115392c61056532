package connectors

// NeedsExport is an option of [Listen] for listeners that enqueue the export of a record
// to the event's backend. They are not called, and the event counts as skipped, where there is nothing to export: where an import from the
// backend made the change, where the backend is not in production, or where the mapper
// reads none of the fields that were changed ([Mapper.NeedsExport]).
//
//	connectors.Listen(ev, connectors.Written[drink]("drink"), coffee, "export", exportDrink, connectors.NeedsExport(toSlot))
func NeedsExport[L, R any](mapper *Mapper[L, R]) ListenOption[RecordEvent[L]] {
	return func(l *listening[RecordEvent[L]]) {
		NoEcho(l)
		SkipIf(func(e Event[RecordEvent[L]]) bool { return e.Backend.State != Production })(l)
		SkipIf(func(e Event[RecordEvent[L]]) bool { return e.Data.Fields != nil && !mapper.NeedsExport(e.Data.Fields) })(l)
	}
}
