package connectors

// None makes nil of a zero value, for a destination that tells "nothing" from zero:
//
//	Direct("ean", None(barcode), func(a *article, v *string) { a.EAN = v })
func None[S any, V comparable](get func(*S) V) func(*S) *V {
	return func(src *S) *V {
		v := get(src)
		if v == *new(V) {
			return nil
		}
		return &v
	}
}

// Follow reads a value behind a pointer; where that is nil there is none. It chains:
//
//	DirectIf("country", Follow(partner, Follow(country, code)), setCountry) // order.Partner.Country.Code
func Follow[S, A, V any](to func(*S) *A, get func(*A) (V, bool)) func(*S) (V, bool) {
	return func(src *S) (v V, ok bool) {
		if a := to(src); a != nil {
			return get(a)
		}
		return v, false
	}
}
