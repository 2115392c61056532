package web

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// routes is everything that is served, on one page.
func (s *Server) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(s.recovered, s.logged, secured, s.namedRight, middleware.GetHead)
	r.NotFound(s.notFound)
	r.MethodNotAllowed(s.methodNotAllowed)

	r.Get("/healthz", s.healthz)
	r.Get("/metrics", s.metrics)
	r.Get("/assets/{file}", s.asset)
	r.Post(hookPath+"{name}/{secret}", s.takeHint)
	r.Get("/login", s.loginPage)
	r.With(s.sameOrigin).Post("/login", s.login)

	r.Route("/api/v1", func(r chi.Router) {
		r.Use(s.authenticated)
		r.NotFound(s.notFound)
		r.MethodNotAllowed(s.methodNotAllowed)
		r.Get("/status", s.api(s.getStatus))
		r.Get("/kinds", s.api(s.listKinds))
		r.Get("/backends", s.api(s.listBackends))
		r.Post("/backends", s.api(s.createBackend))
		r.Get("/backends/{name}", s.api(s.getBackend))
		r.Put("/backends/{name}", s.api(s.changeBackend))
		r.Delete("/backends/{name}", s.api(s.deleteBackend))
		r.Post("/backends/{name}/state", s.api(s.setBackendState))
		r.Post("/backends/{name}/test", s.api(s.testBackend))
		r.Post("/backends/{name}/sync/{flow}", s.api(s.syncBackend))
		r.Post("/backends/{name}/hook", s.api(s.makeHook))
		r.Delete("/backends/{name}/hook", s.api(s.dropHook))
		r.Post("/backends/{name}/lock", s.api(s.lockBackend))
		r.Post("/backends/{name}/brew", s.api(s.brewBackend))
		r.Post("/backends/{name}/press", s.api(s.pressBackend))
		r.Post("/backends/{name}/restart", s.api(s.restartBackend))
		r.Post("/backends/{name}/calibrate", s.api(s.calibrateBackend))
		r.Post("/backends/{name}/alarms/{code:[0-9]+}/ack", s.api(s.ackAlarm))
		r.Get("/jobs", s.api(s.listJobs))
		r.Post("/jobs/requeue", s.api(s.changeJobs(s.deps.Jobs.RequeueAll)))
		r.Post("/jobs/cancel", s.api(s.changeJobs(s.deps.Jobs.CancelAll)))
		r.Post("/jobs/done", s.api(s.changeJobs(s.deps.Jobs.DoneAll)))
		r.Post("/jobs/test", s.api(s.testJobs))
		r.Get("/jobs/{id:[0-9]+}", s.api(s.getJob))
		r.Get("/jobs/{id}/graph", s.api(s.getGraph))
		r.Post("/jobs/{id}/requeue", s.api(s.changeJob(s.deps.Jobs.Requeue)))
		r.Post("/jobs/{id}/cancel", s.api(s.changeJob(s.deps.Jobs.Cancel)))
		r.Post("/jobs/{id}/done", s.api(s.changeJob(s.deps.Jobs.Done)))
		r.Get("/bindings", s.api(s.listBindings))
		r.Get("/cups", s.api(s.listCups))
		r.Get("/checkpoints", s.api(s.listCheckpoints))
		r.Post("/checkpoints/review", s.api(s.reviewCheckpoints))
		r.Get("/checkpoints/{id:[0-9]+}", s.api(s.getCheckpoint))
		r.Post("/checkpoints/{id}/review", s.api(s.reviewCheckpoint))
		r.Post("/checkpoints/{id}/assign", s.api(s.assignCheckpoint))
		r.Post("/checkpoints/{id}/answer", s.api(s.answerCheckpoint))
		r.Get("/tables", s.api(s.listTables))
		r.Get("/imports", s.api(s.listImports))
		r.Post("/imports", s.api(s.importFile))
		r.Get("/imports/{id:[0-9]+}", s.api(s.getImport))
		r.Get("/imports/{id:[0-9]+}/refused", s.api(s.refusedFile))
		r.Post("/imports/{id:[0-9]+}/cancel", s.api(s.cancelImport))
		r.Get("/exports", s.api(s.listExports))
		r.Post("/exports", s.api(s.exportTable))
		r.Get("/exports/{id:[0-9]+}", s.api(s.getExport))
		r.Get("/exports/{id:[0-9]+}/file", s.api(s.exportedFile))
		r.Get("/channels", s.api(s.listChannels))
		r.Post("/channels/{name}/pause", s.api(s.pauseChannel(true)))
		r.Post("/channels/{name}/resume", s.api(s.pauseChannel(false)))
		r.Get("/schedules", s.api(s.listSchedules))
		r.Get("/notices", s.api(s.listNotices))
		r.Post("/notices/{id}/dismiss", s.api(s.dismissNotice))
		r.Get("/batches", s.api(s.listBatches))
		r.Get("/batches/{id}", s.api(s.getBatch))
		r.Post("/batches/{id}/read", s.api(s.readBatch))
		r.Post("/queue/reload", s.api(s.reload))
		r.Post("/queue/adopt", s.api(s.adopt))
		r.Post("/check", s.api(s.check))
		r.Get("/backup", s.api(s.backup))
		r.Get("/events", s.api(s.events))
	})

	r.Group(func(r chi.Router) {
		r.Use(s.authenticated)
		r.Get("/", s.showPage)
		r.Post("/logout", s.logout)
		r.Get("/add", s.showAdd)
		r.Post("/add", s.addBackend)
		r.Get("/backends/{name}", s.showBackend)
		r.Post("/backends/{name}", s.editBackend)
		r.Get("/backends/{name}/delete", s.showDelete)
		for _, a := range wireActions {
			r.Get("/backends/{name}/"+a.path, s.showWireAction(a))
		}
		// What the page's buttons do: the same as the API, answered by the page.
		r.Post("/do/backends/{name}/test", s.do(s.doTest))
		r.Post("/do/backends/{name}/state/{state}", s.do(s.doState))
		r.Post("/do/backends/{name}/delete", s.do(s.doDelete))
		r.Post("/do/backends/{name}/sync/{flow}", s.do(s.doSync))
		r.Post("/do/backends/{name}/hook", s.do(s.doMakeHook))
		r.Post("/do/backends/{name}/hook/drop", s.do(s.doDropHook))
		r.Post("/do/backends/{name}/press", s.do(s.doPress))
		r.Post("/do/backends/{name}/restart", s.do(s.doRestart))
		r.Post("/do/backends/{name}/lock", s.do(s.doLock(true)))
		r.Post("/do/backends/{name}/unlock", s.do(s.doLock(false)))
		r.Post("/do/backends/{name}/alarms/{code:[0-9]+}/ack", s.do(s.doAckAlarm))
		r.Post("/do/jobs/{id}/requeue", s.do(s.doJob("Requeued", s.deps.Jobs.Requeue)))
		r.Post("/do/jobs/{id}/cancel", s.do(s.doJob("Cancelled", s.deps.Jobs.Cancel)))
		r.Post("/do/jobs/{id}/done", s.do(s.doJob("Set to done", s.deps.Jobs.Done)))
		r.Get("/checkpoints", pageOf(s, "checkpoints", s.checkpointsViewOf))
		r.Get("/checkpoints/confirm", pageOf(s, "confirm", s.confirmViewOf(s.checkpointsQuestion)))
		r.Get("/checkpoints/{id:[0-9]+}", pageOf(s, "checkpoint", s.oneCheckpointViewOf))
		r.Post("/do/checkpoints/review", s.do(s.doReviewAll))
		r.Post("/do/checkpoints/{id}/review", s.do(s.doReview))
		r.Post("/do/checkpoints/{id}/assign", s.do(s.doAssign))
		r.Post("/do/checkpoints/{id}/answer/{answer}", s.do(s.doAnswer))
		r.Get("/files", pageOf(s, "files", s.filesViewOf))
		r.Get("/files/example/{table}", s.file(s.exampleFile))
		r.Get("/files/imports/{id:[0-9]+}/refused", s.file(s.refusedFile))
		r.Get("/files/exports/{id:[0-9]+}", s.file(s.exportedFile))
		r.Post("/files/import/{table}", s.received) // not below /do: the script leaves it to the browser
		r.Post("/do/files/export/{table}", s.do(s.doExport))
		r.Post("/do/files/imports/{id:[0-9]+}/cancel", s.do(s.doCancelImport))
		r.Get("/jobs", pageOf(s, "jobs", s.jobsViewOf))
		r.Get("/jobs/confirm", pageOf(s, "confirm", s.confirmViewOf(s.jobsQuestion)))
		r.Get("/jobs/{id:[0-9]+}", pageOf(s, "job", s.oneJobViewOf))
		r.Post("/do/jobs/requeue", s.do(s.doJobs("requeue")))
		r.Post("/do/jobs/cancel", s.do(s.doJobs("cancel")))
		r.Post("/do/jobs/done", s.do(s.doJobs("done")))
		r.Post("/do/notices/{id}/dismiss", s.do(s.doDismissNotice))
		r.Post("/do/queue/adopt", s.do(s.doAdopt))
		r.Post("/do/batches/{id}/read", s.do(s.doReadBatch))
		r.Post("/do/channels/{name}/pause", s.do(s.doPause(true)))
		r.Post("/do/channels/{name}/resume", s.do(s.doPause(false)))
		r.Post("/do/check", s.do(s.doCheck))
		r.Post("/do/dismiss", s.do(s.doDismiss))
	})
	return r
}

// isAPI tells whether the answer is for a program.
func isAPI(r *http.Request) bool {
	return r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, hookPath)
}

// fail answers with a problem: as such under /api, as a page elsewhere.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, p *Problem) {
	if isAPI(r) {
		p.write(w)
		return
	}
	s.errorPage(w, r, p)
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	fix := "the page is at /"
	if isAPI(r) {
		fix = "the API's paths begin with /api/v1/, for example /api/v1/status"
	}
	s.fail(w, r, NotFound("path", shownPath(r), fix))
}

func (s *Server) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	routes := chi.RouteContext(r.Context()).Routes
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if routes.Match(chi.NewRouteContext(), m, r.URL.Path) {
			allowed = append(allowed, m)
		}
	}
	allow := strings.Join(allowed, ", ")
	w.Header().Set("Allow", allow)
	s.fail(w, r, problem(http.StatusMethodNotAllowed, "method-not-allowed", "Method not allowed",
		r.Method+" can't be done to "+shownPath(r), "use "+allow))
}
