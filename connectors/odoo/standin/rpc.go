package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// An rpc is a request of /jsonrpc.
type rpc struct {
	id              any
	service, method string
	args            []any
	whole           bool // it says service, method and arguments
}

// readRPC reads a request of /jsonrpc; false: it is no JSON.
func readRPC(body []byte) (rpc, bool) {
	var sent struct {
		ID     any `json:"id"`
		Params struct {
			Service *string `json:"service"`
			Method  *string `json:"method"`
			Args    []any   `json:"args"`
		} `json:"params"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&sent) != nil {
		return rpc{}, false
	}
	q := rpc{id: idOf(sent.ID), args: sent.Params.Args, whole: sent.Params.Service != nil && sent.Params.Method != nil && sent.Params.Args != nil}
	if q.whole {
		q.service, q.method = *sent.Params.Service, *sent.Params.Method
	}
	return q, true
}

// what names the call as rules and counts do: "pos.order/sync_from_ui", or the service and its method.
func (q rpc) what() string {
	if q.service == "object" && q.method == "execute_kw" && len(q.args) > 4 {
		return fmt.Sprint(q.args[3], "/", q.args[4])
	}
	return q.service + "/" + q.method
}

// named are the named arguments of an execute_kw.
func (q rpc) named() map[string]any {
	if len(q.args) < 7 {
		return nil
	}
	named, _ := q.args[6].(map[string]any)
	return named
}

// jsonRPC answers a request of /jsonrpc, which is 200 for results and exceptions alike.
func (s *Server) jsonRPC(r *http.Request, body []byte) response {
	if r.Method != http.MethodPost || !jsonOrNothing(r) {
		a := html(415, strings.NewReplacer("/json/2/&lt;__model__&gt;/&lt;__method__&gt;", "/jsonrpc", "json2", "jsonrpc").Replace(wrongType))
		a.header = map[string]string{"Accept": "application/json, application/json-rpc"}
		return a
	}
	q, ok := readRPC(body)
	if !ok {
		return response{status: 400, contentType: htmlType, header: map[string]string{"X-Content-Type-Options": "nosniff"}, body: []byte("Invalid JSON data")}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, no := s.serve(q)
	if no != nil {
		return s.rpcRefusal(q, no)
	}
	reply := object{{"jsonrpc", "2.0"}, {"id", q.id}}
	if v != nil { // what a method that returns nothing leaves out
		reply = append(reply, member{"result", v})
	}
	return result(reply)
}

// serve runs a request.
func (s *Server) serve(q rpc) (any, *refusal) {
	text := func(i int) string {
		if i >= len(q.args) {
			return ""
		}
		v, _ := q.args[i].(string)
		return v
	}
	switch q.service + "." + q.method {
	case ".":
		return nil, refuse(500, "builtins.TypeError", "JSONRPC.jsonrpc() missing 3 required positional arguments: 'service', 'method', and 'args'")
	case "common.version":
		return s.versionObject(), nil
	case "db.list":
		names := []any{}
		for _, name := range slices.Sorted(slices.Values(append([]string{s.opts.Database}, s.opts.Others...))) {
			names = append(names, name)
		}
		return names, nil
	case "common.authenticate", "common.login":
		if no := s.database(text(0)); no != nil {
			return nil, no
		}
		user := s.userOf(text(2))
		if user == 0 || text(0) != s.opts.Database || s.tables["res.users"].rows[user]["login"] != text(1) {
			return false, nil
		}
		return user, nil
	case "object.execute_kw":
		return s.execute(q)
	default:
		return nil, refuse(500, "builtins.KeyError", q.service)
	}
}

// database refuses a name that no database of the server has.
func (s *Server) database(name string) *refusal {
	if name == s.opts.Database || slices.Contains(s.opts.Others, name) {
		return nil
	}
	return refuse(500, "psycopg2.OperationalError", fmt.Sprintf("connection to server on socket \"/var/run/postgresql/.s.PGSQL.5432\" failed: FATAL:  database \"%s\" does not exist\n", name))
}

// execute runs a method call: who may, of what, with which arguments.
func (s *Server) execute(q rpc) (any, *refusal) {
	if len(q.args) < 5 {
		return nil, refuse(500, "builtins.TypeError", "execute_kw() missing required positional arguments")
	}
	database, _ := q.args[0].(string)
	if no := s.database(database); no != nil {
		return nil, no
	}
	uid, _ := toInt(q.args[1])
	key, _ := q.args[2].(string)
	if user := s.userOf(key); database != s.opts.Database || user == 0 || user != uid {
		return nil, refuse(403, accessDenied, "Access Denied")
	}
	modelName, methodName := fmt.Sprint(q.args[3]), fmt.Sprint(q.args[4])
	c := &call{s: s, user: uid, lang: "en_US", activeTest: true, showCode: true, args: map[string]any{}}
	if c.model = s.modelOf(modelName); c.model == nil {
		return nil, userError(fmt.Sprintf("Object %s doesn't exist", modelName))
	}
	m := c.model.methods[methodName]
	switch {
	case private(methodName):
		return nil, noPrivate(modelName, methodName)
	case m == nil:
		return nil, refuse(500, "builtins.AttributeError", fmt.Sprintf("The method '%s.%s' does not exist", modelName, methodName))
	}
	placed, _ := at(q.args, 5).([]any)
	if !m.class {
		if len(placed) == 0 {
			return nil, refuse(500, "builtins.IndexError", "list index out of range")
		}
		c.ids, placed = idsOf(placed[0]), placed[1:]
	}
	for name, v := range q.named() {
		c.args[name] = v
	}
	for i, v := range placed {
		if i >= len(m.params) {
			return nil, refuse(500, "builtins.TypeError", fmt.Sprintf("%s.%s() takes %d positional arguments but %d were given", modelName, methodName, len(m.params)+1, len(placed)+1))
		}
		c.args[strings.TrimSuffix(m.params[i], "!")] = v
	}
	c.context()
	if no := m.bind(c.args); no != nil {
		return nil, refuse(500, "builtins.TypeError", no.message)
	}
	if !s.speaks(c.lang) {
		return nil, userError("Invalid language code: " + c.lang)
	}
	v, no := m.run(c)
	ids, made := v.([]int64)
	if _, one := c.args["vals_list"].(map[string]any); no == nil && one && made && len(ids) == 1 {
		return ids[0], nil // one record gives its id, a list a list
	}
	return v, no
}

func at(list []any, i int) any {
	if i >= len(list) {
		return nil
	}
	return list[i]
}

const accessDenied = "odoo.exceptions.AccessDenied"

// rpcRefusal is an exception in the words of /jsonrpc, which differ in their order.
func (s *Server) rpcRefusal(q rpc, no *refusal) response {
	name, message, arguments := member{"name", no.name}, member{"message", no.message}, member{"arguments", []any{no.message}}
	context, debug := member{"context", object{}}, member{"debug", no.traceback()}
	code, data := 0, object{name, message, arguments, context, debug}
	switch {
	case s.major() < 19:
		code, data = 200, object{name, debug, message, arguments, context}
	case no.name == accessDenied:
		data[4].Value = accessDenied + ": " + no.message + "\n"
	}
	a := result(object{{"jsonrpc", "2.0"}, {"id", q.id}, {"error", object{{"code", code}, {"message", "Odoo Server Error"}, {"data", data}}}})
	a.header = nil
	return a
}
