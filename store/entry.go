package store

import (
	"encoding/json"
	"fmt"
)

// entry looks at one entry of a bucket: whether its sum is right, and what it says of
// the file.
func (v *verifier) entry(key, stored []byte) {
	value, ok := cutSum(key, stored)
	v.count(ok, "the value of key "+show(key))
	if !ok || v.bucket != schema.name {
		return
	}
	version, err := schema.key.Decode(key)
	var a applied
	if err != nil || json.Unmarshal(value, &a) != nil {
		return
	}
	if version == 0 {
		if v.content.marked = a.Name == formatName; !v.content.marked {
			v.content.other = a.Name
		}
	}
	v.content.version, v.content.name = int(version), a.Name
}

// count counts a sum, and keeps the first that is wrong.
func (v *verifier) count(ok bool, what string) {
	if ok {
		v.content.good++
		return
	}
	v.content.bad++
	if v.content.firstBad == nil {
		v.content.firstBad = fmt.Errorf("bucket %q: %s is not what was written", v.bucket, what)
	}
}
