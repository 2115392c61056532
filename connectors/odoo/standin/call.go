package standin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// A call is one method call of one user, while the server's lock is held.
type call struct {
	s          *Server
	user       int64
	model      *model
	ids        []int64
	args       map[string]any
	lang       string
	activeTest bool
	showCode   bool

	inventoryMode bool // of a count
	skipBackorder bool // of a transfer
}

// A method of a model: its arguments by name, and what it does.
type method struct {
	params []string // a name followed by "!" must be given
	rest   bool     // takes any other argument too
	class  bool     // of the model, not of records: takes no ids
	run    func(c *call) (any, *refusal)
}

// call finds user, model and method, binds the arguments and runs the method.
func (s *Server) call(r *http.Request, modelName, methodName string, body []byte, readErr error) (any, *refusal) {
	c := &call{s: s, lang: "en_US", activeTest: true, showCode: true}
	if no := c.login(r.Header.Get("Authorization")); no != nil {
		return nil, no
	}
	if readErr != nil {
		return nil, refuse(400, "werkzeug.exceptions.ClientDisconnected", "The browser (or proxy) sent a request that this server could not understand.")
	}
	if no := c.parse(body); no != nil {
		return nil, no
	}
	c.model = s.modelOf(modelName)
	if c.model == nil {
		return nil, notFound(fmt.Sprintf("the model '%s' does not exist", modelName))
	}
	m := c.model.methods[methodName]
	switch {
	case private(methodName):
		return nil, noPrivate(modelName, methodName)
	case m == nil:
		return nil, notFound(fmt.Sprintf("The method '%s.%s' does not exist", modelName, methodName))
	case m.class && len(c.ids) > 0:
		return nil, badArguments(fmt.Sprintf("cannot call %s.%s with ids", modelName, methodName))
	}
	if no := m.bind(c.args); no != nil {
		return nil, no
	}
	if !s.speaks(c.lang) {
		return nil, userError("Invalid language code: " + c.lang)
	}
	return m.run(c)
}

func private(method string) bool {
	return strings.HasPrefix(method, "_") || method == "browse" || method == "check_access"
}

func noPrivate(model, method string) *refusal {
	return refuse(403, "odoo.exceptions.AccessError", fmt.Sprintf("Private methods (such as '%s.%s') cannot be called remotely.", model, method))
}

// login finds the user by the key.
func (c *call) login(header string) *refusal {
	scheme, key, _ := strings.Cut(header, " ")
	if key = strings.TrimSpace(key); !strings.EqualFold(scheme, "bearer") || key == "" {
		return refuse(401, "werkzeug.exceptions.Unauthorized", "User not authenticated, use an API Key with a Bearer Authorization header.")
	}
	c.user = c.s.userOf(key)
	if c.user == 0 {
		return refuse(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey")
	}
	if lang, _ := c.s.tables["res.users"].rows[c.user]["lang"].(string); lang != "" {
		c.lang = lang
	}
	return nil
}

// parse reads the body: arguments, ids and context. What isn't an object is no arguments at all.
func (c *call) parse(body []byte) *refusal {
	c.args = make(map[string]any)
	if len(body) == 0 {
		return nil
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		at := len(bytes.TrimRight(body, " \n"))
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) && !errors.Is(err, io.ErrUnexpectedEOF) {
			at = int(syntax.Offset) - 1
		}
		return refuse(400, "werkzeug.exceptions.BadRequest", fmt.Sprintf("could not parse the body as json: Expecting value: line 1 column %d (char %d)", at+1, at))
	}
	if args, ok := v.(map[string]any); ok {
		c.args = args
	}
	c.ids = idsOf(c.args["ids"])
	delete(c.args, "ids")
	c.context()
	return nil
}

// idsOf reads the records that a call is of.
func idsOf(v any) []int64 {
	var found []int64
	switch ids := v.(type) {
	case []any:
		for _, id := range ids {
			if n, ok := id.(json.Number); ok { // Odoo finds nothing by a text, and doesn't complain
				if n, err := n.Int64(); err == nil {
					found = append(found, n)
				}
			}
		}
	case json.Number:
		if n, err := ids.Int64(); err == nil {
			found = []int64{n}
		}
	}
	return found
}

// context reads what of the context matters here, and takes it from the arguments.
func (c *call) context() {
	if ctx, ok := c.args["context"].(map[string]any); ok {
		if lang, ok := ctx["lang"].(string); ok && lang != "" {
			c.lang = lang
		}
		if v, ok := ctx["active_test"].(bool); ok {
			c.activeTest = v
		}
		if v, ok := ctx["display_default_code"].(bool); ok {
			c.showCode = v
		}
		c.inventoryMode, _ = ctx["inventory_mode"].(bool)
		c.skipBackorder, _ = ctx["skip_backorder"].(bool)
	}
	delete(c.args, "context")
}

// bind checks the arguments' names as Python does: what is missing first, then what is too much.
func (m *method) bind(args map[string]any) *refusal {
	var names []string
	for _, p := range m.params {
		name, required := strings.CutSuffix(p, "!")
		names = append(names, name)
		if _, ok := args[name]; required && !ok {
			return badArguments(fmt.Sprintf("missing a required argument: '%s'", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if !m.rest && !slices.Contains(names, name) {
			return badArguments(fmt.Sprintf("got an unexpected keyword argument '%s'", name))
		}
	}
	return nil
}

func (s *Server) speaks(lang string) bool {
	for _, row := range s.tables["res.lang"].rows {
		if row["code"] == lang && row["active"] == true {
			return true
		}
	}
	return false
}
