package standin_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Why captures are not replayed. What they say about the client is tested there.
const (
	notCalled = "crema doesn't make this call"
	noAnswer  = "there was no answer to compare with; the fault of that kind is tested in fault_test.go"
	notSent   = "the client can't send such a request"
	byFault   = "needs a server that breaks; answered by the rule Crash"
)

var notReplayed = map[string]string{
	"client-timeout": noAnswer, "workers-time-limit": noAnswer,
	"db-backend-terminated-mid-call": byFault, "db-restart-mid-call": byFault, "odoo-sigterm-mid-call": byFault,
	"json2-gzip-body": notSent, "json2-expect-100": notSent,
	"load-xmlid-lookup": notCalled, "stock-lot-create": notCalled, "load-sale-order": notCalled, "load-sale-order-again": notCalled, "load-sale-order-after": notCalled,
	"load-sale-order-after-confirm": notCalled, "load-sale-order-after-confirm-read": notCalled,
	"race-load-same-xmlid": "one of four at once; the client's part is tested there",
	"v18-web-version":      notCalled,
	"jsonrpc-create-many":  notCalled, "jsonrpc-create-one": notCalled, "jsonrpc-fields_get": notCalled, "jsonrpc-missing-required": notCalled,
	"jsonrpc-unlink": notCalled, "jsonrpc-validation-error": notCalled, "v18-jsonrpc-create-one": notCalled + "; v18-pos-session-create gives one id in the same way",
	"v18-uom": "reads the inverse of the factor and the categories' names, which crema doesn't",

	"discover-has_access": notCalled, "discover-ir.model": notCalled, "incremental-page-1": "needs the products of that day; the domain's operators are tested in domain_test.go",
	"json2-access-error-cron": notCalled, "json2-copy": notCalled, "json2-create-many": notCalled, "json2-create-missing-required": notCalled,
	"json2-create-one-dict": notCalled, "json2-create-one": notCalled, "json2-create-unknown-field": notCalled, "json2-create-wrong-kw": notCalled,
	"json2-cron-admin": notCalled, "json2-default_get": notCalled, "json2-error-translated": notCalled, "json2-fields_get": notCalled,
	"json2-get_field_translations": notCalled, "json2-name_search": notCalled, "json2-none-result": notCalled, "json2-read-password-field": notCalled,
	"json2-read-quants-plain-user": notCalled, "json2-read_group": notCalled, "json2-unlink-again": notCalled, "json2-unlink": notCalled,
	"json2-user-error": notCalled, "json2-validation-error": notCalled,
	"maintenance-message_post": "crema doesn't make this call: made again it would write twice",
	"pos-order-create-bare":    notCalled, "pos-order-create-duplicate-uuid": notCalled, "pos-session-close-unbalanced-wizard": notCalled,
	"pos-session-read-closed": "reads the session's accounting entry and transfers, which crema doesn't", "product-pricelist": notCalled, "product-referenced-unlink": notCalled,
}

// Captures that were made and are not kept here at all, by the beginning of their names.
var notKept = map[string]string{
	"xmlrpc-": "crema doesn't speak XML-RPC", "version-xmlrpc-": "crema doesn't speak XML-RPC", "v18-xmlrpc-": "crema doesn't speak XML-RPC",
	"db-down-xmlrpc": "crema doesn't speak XML-RPC", "json2-body-20MiB": notSent, "json2-body-140MiB": notSent,
}

func TestEveryCaptureIsReplayedOrSaysWhyNot(t *testing.T) {
	replayed := make(map[string]bool)
	for _, sc := range scenarios() {
		for _, step := range sc.steps {
			if name, ok := step.(string); ok {
				replayed[captureOf(name)] = true
			}
		}
	}
	files, err := filepath.Glob(captures + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	there := make(map[string]bool)
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		there[name] = true
		for start, why := range notKept {
			if strings.HasPrefix(name, start) {
				t.Errorf("%s is kept although %s", name, why)
			}
		}
		if _, excused := notReplayed[name]; replayed[name] == excused {
			t.Errorf("%s: replayed: %v, excused: %v; want one of the two", name, replayed[name], excused)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(notReplayed)) {
		if !there[name] {
			t.Errorf("%s is excused but isn't there", name)
		}
	}
	t.Logf("%d captures replayed, %d not", len(replayed), len(notReplayed))
}
