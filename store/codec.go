package store

import (
	"encoding"
	"encoding/json"
)

// codec is the encoding of values: JSON, but for []byte, which is stored as it is,
// struct{}, which is stored as nothing (the values of an index), and what has a binary
// form of its own ([encoding.BinaryAppender] and [encoding.BinaryUnmarshaler], on its
// pointer), for records that are written with every step of something. What encode
// gives may be appended to.
type codec[V any] struct {
	encode func(V) ([]byte, error)
	decode func([]byte) (V, error)
}

func codecOf[V any]() codec[V] {
	var v V
	if _, ok := any(&v).(encoding.BinaryAppender); ok {
		if _, ok := any(&v).(encoding.BinaryUnmarshaler); ok {
			return codec[V]{
				encode: func(v V) ([]byte, error) { return any(&v).(encoding.BinaryAppender).AppendBinary(nil) },
				decode: func(b []byte) (v V, err error) {
					err = any(&v).(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
					return v, err
				},
			}
		}
	}
	switch any(&v).(type) {
	case *struct{}:
		return codec[V]{
			encode: func(V) ([]byte, error) { return nil, nil },
			decode: func([]byte) (v V, err error) { return v, nil },
		}
	case *[]byte:
		return codec[V]{
			// bbolt keeps the slice until the commit, and what it gives is good until
			// the end of the transaction only: hence a copy both ways.
			encode: func(v V) ([]byte, error) {
				b := any(v).([]byte)
				return append(make([]byte, 0, len(b)+sumSize), b...), nil
			},
			decode: func(b []byte) (V, error) { return any(append([]byte{}, b...)).(V), nil },
		}
	default:
		return codec[V]{
			encode: func(v V) ([]byte, error) { return json.Marshal(v) },
			decode: func(b []byte) (v V, err error) { err = json.Unmarshal(b, &v); return v, err },
		}
	}
}
