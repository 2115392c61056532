package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// maxBody is the most that a request's body may have, in bytes; what the API takes has
// a few dozen.
const maxBody = 64 << 10

// bodyOf reads the JSON object of a request into v, strictly.
func bodyOf(w http.ResponseWriter, r *http.Request, v any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return problem(http.StatusUnsupportedMediaType, "media-type", "Not JSON",
			"the body is "+strconv.Quote(r.Header.Get("Content-Type")), "send Content-Type: application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("there is more after the object")
		}
	}
	return badBody(err)
}

// optionalBody reads a JSON object into v where there is a body. None is as good as {}.
func optionalBody(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return badBody(err)
	}
	if isEmpty(body) {
		return nil
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return bodyOf(w, r, v)
}

// isEmpty tells whether a body says nothing. Some clients can't send nothing: {} passes.
func isEmpty(body []byte) bool {
	text := strings.TrimSpace(string(body))
	return text == "" || text == "{}"
}

// noBody refuses a body where none is read, so that nobody believes that it counted.
func noBody(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return badBody(err)
	}
	if !isEmpty(body) {
		return Invalid("this takes no body", "send none")
	}
	return nil
}

func badBody(err error) error {
	if _, said := errors.AsType[*Problem](err); said || err == nil || isTooLarge(err) {
		return err
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return Invalid(strconv.Quote(wrong.Field)+" is the wrong kind of value: "+wrong.Value, "send "+jsonKind(wrong.Type))
	}
	return Invalid("the body can't be read: "+strings.TrimPrefix(err.Error(), "json: "), "send one JSON object as the API describes it")
}

// jsonKind is what a field of the API takes, in words.
func jsonKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	default:
		return "what the API describes"
	}
}
