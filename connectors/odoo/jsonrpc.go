package odoo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// jsonRPC is the dialect of Odoo 18: one path for all, database, user and key among the arguments, and status 200
// for results and exceptions alike. What it knows is guarded by the turn.
type jsonRPC struct {
	client *Client
	uid    int64           // the user's id; 0: to be asked for
	models map[string]bool // those that exist: a call of theirs went well
}

func (d *jsonRPC) request(ctx context.Context, q call) (request, *Error) {
	if d.uid == 0 {
		if e := d.login(ctx, q); e != nil {
			return request{}, notSent(e, "logging in first")
		}
	}
	return d.execute(q)
}

// execute puts a call into words: ids go first, and the records of create; all else goes by name.
func (d *jsonRPC) execute(q call) (request, *Error) {
	named := make(map[string]json.RawMessage)
	if err := json.Unmarshal(q.args, &named); err != nil {
		return request{}, &Error{Class: Refused, Err: err}
	}
	placed := []json.RawMessage{}
	if ids, ok := named["ids"]; ok {
		placed = append(placed, ids)
		delete(named, "ids")
	} else if q.method == hasAccess { // it is one of records, of none here, and JSON-RPC must be told so
		placed = append(placed, json.RawMessage("[]"))
	}
	if records, ok := named["vals_list"]; ok && q.method == "create" {
		if strings.HasPrefix(string(records), "{") { // alone, it would be answered by its id alone
			records = fmt.Appendf(nil, "[%s]", records)
		}
		placed = append(placed, records)
		delete(named, "vals_list")
	}
	return ask("object", "execute_kw", d.client.config.Database, d.uid, q.key, q.model, q.method, placed, named)
}

// ask is a request of a service of /jsonrpc.
func ask(service, method string, args ...any) (request, *Error) {
	type params struct {
		Service string `json:"service"`
		Method  string `json:"method"`
		Args    []any  `json:"args"`
	}
	body, err := json.Marshal(struct {
		Version string `json:"jsonrpc"`
		Method  string `json:"method"`
		ID      int    `json:"id"`
		Params  params `json:"params"`
	}{"2.0", "call", 1, params{service, method, args}})
	if err != nil {
		return request{}, &Error{Class: Refused, Err: err}
	}
	return request{path: "/jsonrpc", body: body}, nil
}

func (d *jsonRPC) judge(ctx context.Context, q call, a *answer, result any) *Error {
	e := judgeReply(a, result)
	switch {
	case e == nil:
		d.models[q.model] = true
	case e.Name == accessDenied:
		return d.again(ctx, q, e)
	case e.Name == "odoo.exceptions.UserError" && !d.models[q.model] && !d.exists(ctx, q):
		e.Class = Denied // as JSON-2's 404: a module is missing
	}
	return e
}

// judgeReply decodes the result, null where there is none, or gives the exception that came in its stead.
func judgeReply(a *answer, result any) *Error {
	if a.status != http.StatusOK {
		e := judgePage(a)
		e.doubtful = a.status == http.StatusNotFound && e.Err == ErrNotJSON || a.status == http.StatusSeeOther
		return e
	}
	var reply struct {
		Version string          `json:"jsonrpc"`
		Result  json.RawMessage `json:"result"`
		Error   *struct {
			Code int       `json:"code"`
			Data exception `json:"data"`
		} `json:"error"`
	}
	if e := judgeResult(a, &reply); e != nil {
		return e
	}
	switch {
	case reply.Version == "":
		return &Error{Class: Unknown, Status: a.status, Err: ErrUnexpected}
	case reply.Error != nil && reply.Error.Data.Name == "":
		return &Error{Class: Unknown, Status: a.status, Err: fmt.Errorf("%w: an error without a name", ErrUnexpected)}
	case reply.Error != nil:
		x := reply.Error.Data
		return &Error{Class: classOfName(x.Name), Status: a.status, Name: x.Name, Message: x.Message, After: retryAfter(a),
			doubtful: reply.Error.Code == 0} // Odoo 18 says 200
	case result == nil:
		return nil
	case reply.Result == nil:
		reply.Result = json.RawMessage("null") // the method returns nothing
	}
	if err := decode(reply.Result, result); err != nil {
		return &Error{Class: Unknown, Status: a.status, Err: fmt.Errorf("%w: %w", ErrUnexpected, err)}
	}
	return nil
}

// exists asks whether there is a model. Odoo 18 refuses a call of one that there isn't as it refuses what a user does
// wrong; but that a user asks for rights, it never refuses.
func (d *jsonRPC) exists(ctx context.Context, q call) bool {
	if q.method == hasAccess {
		return false
	}
	q.method, q.args = hasAccess, []byte(`{"operation":"read"}`)
	r, e := d.execute(q)
	if e != nil {
		return true
	}
	a, e := d.client.exchange(ctx, r)
	if e != nil {
		return true
	}
	e = judgeReply(a, nil)
	d.models[q.model] = e == nil
	return e == nil || e.Name != "odoo.exceptions.UserError"
}

const accessDenied = "odoo.exceptions.AccessDenied"

// classOfName classifies an exception as JSON-2's status does.
func classOfName(name string) Class {
	switch name {
	case accessDenied:
		return Stop
	case "odoo.exceptions.AccessError", "odoo.http.SessionExpiredException":
		return Denied
	case "builtins.AttributeError", "werkzeug.exceptions.NotFound":
		return Denied // no such method
	case "werkzeug.exceptions.ClientDisconnected":
		return Transient
	default:
		return classOfCrash(name)
	}
}
