package coffee2900

// request is the payload of a REQ: a map that begins with the operation. Keys are
// added in rising order, at most 23, which keeps its head one octet.
type request struct {
	op   operation
	body []byte
}

func newRequest(op operation) *request {
	r := &request{op: op, body: append(make([]byte, 0, 64), majorMap<<5)}
	return r.uint(0, uint64(op))
}

func (r *request) key(k uint64) {
	r.body[0]++
	r.body = appendUint(r.body, k)
}

func (r *request) uint(k, n uint64) *request {
	r.key(k)
	r.body = appendUint(r.body, n)
	return r
}

func (r *request) text(k uint64, s string) *request {
	r.key(k)
	r.body = appendText(r.body, s)
	return r
}

func (r *request) bytes(k uint64, b []byte) *request {
	r.key(k)
	r.body = appendBytes(r.body, b)
	return r
}

func (r *request) bool(k uint64, b bool) *request {
	r.key(k)
	r.body = appendBool(r.body, b)
	return r
}

// uints is a list of numbers.
func (r *request) uints(k uint64, list ...uint64) *request {
	r.key(k)
	r.body = appendHead(r.body, majorArray, uint64(len(list)))
	for _, n := range list {
		r.body = appendUint(r.body, n)
	}
	return r
}

// uintMap is a map of the numbers of list, by the keys 1, 2, 3 …
func (r *request) uintMap(k uint64, list ...uint64) *request {
	r.key(k)
	r.body = appendHead(r.body, majorMap, uint64(len(list)))
	for i, n := range list {
		r.body = appendUint(appendUint(r.body, uint64(i+1)), n)
	}
	return r
}
