package coffee

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/product"
	"crema/connectors/odoo/tax"
	"crema/device"
	"crema/store"
)

// shop is what Odoo says of the point of sale of one backend: read afresh by each
// catalogue run, and kept in memory for the bookings in between.
type shop struct {
	Config   pos.Config
	Currency pos.Currency
	Company  pos.Company
	Position product.FiscalPosition // the zero value: none
	Methods  []pos.PaymentMethod
	User     odoo.User
	rounding tax.Rounding
	read     time.Time
}

// shopAge is how long a booking believes what was read of the POS. A refused
// booking reads it again at once.
const shopAge = 15 * time.Minute

// storedShop is what must be known while Odoo is away.
type storedShop struct {
	Currency string `json:"currency"` // ISO 4217
	Digits   int32  `json:"digits"`   // of its minor unit
}

var shops = store.NewBucket[string, storedShop]("coffee.shops", store.StringKey())

// currency is the POS's currency as last read; "" before Odoo was reached.
func (b *Backend) currency(tx *store.Tx) (string, int32, error) {
	s, ok, err := shops.Get(tx, b.cfg.Name)
	if !ok || err != nil {
		return "", 2, err
	}
	return s.Currency, s.Digits, nil
}

// shop is the backend's point of sale, at most shopAge old.
func (b *Backend) shop(ctx context.Context) (*shop, error) {
	b.shopMu.Lock()
	s := b.shopCache
	b.shopMu.Unlock()
	if s != nil && time.Since(s.read) < shopAge {
		return s, nil
	}
	return b.readShop(ctx)
}

// forgetShop makes the next booking read the POS again.
func (b *Backend) forgetShop() {
	b.shopMu.Lock()
	b.shopCache = nil
	b.shopMu.Unlock()
}

func (b *Backend) readShop(ctx context.Context) (*shop, error) {
	c := b.d.Odoo
	s := &shop{read: time.Now()}
	var err error
	if s.User, err = c.Whoami(ctx); err != nil {
		return nil, err
	}
	if s.Config, err = pos.FindConfig(ctx, c, b.cfg.POS); err != nil {
		return nil, err
	}
	found := false
	if s.Currency, found, err = pos.ReadCurrency(ctx, c, int64(s.Config.Currency)); err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%w: the POS %q has no currency", errConfig, s.Config.Name)
	}
	if err := canPrice(b.machine.Limits(), s.Currency); err != nil {
		return nil, err
	}
	if err := b.readTaxation(ctx, s); err != nil {
		return nil, err
	}
	if s.Methods, err = pos.PaymentMethods(ctx, c, s.Config.ID); err != nil {
		return nil, err
	}
	b.shopMu.Lock()
	b.shopCache = s
	b.shopMu.Unlock()
	return s, nil
}

// readTaxation reads how the POS taxes and rounds.
func (b *Backend) readTaxation(ctx context.Context, s *shop) error {
	c := b.d.Odoo
	found := false
	var err error
	if s.Company, found, err = pos.ReadCompany(ctx, c, int64(s.Config.Company)); err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%w: Odoo does not show the company of the POS %q to this user", errConfig, s.Config.Name)
	}
	s.rounding.PerLine = s.Company.TaxRounding == "round_per_line"
	if s.rounding.Unit, err = s.Currency.Rounding.Decimal(); err != nil {
		return err
	}
	if s.Config.FiscalPosition == 0 {
		return nil
	}
	w, err := c.Work(ctx, b.d.Environment)
	if err != nil {
		return err
	}
	positions, err := connectors.Component(w, product.FiscalRole)
	if err != nil {
		return err
	}
	if s.Position, found, err = positions.Read(ctx, int64(s.Config.FiscalPosition)); err == nil && !found {
		err = fmt.Errorf("%w: Odoo does not show the fiscal position of the POS %q to this user", errConfig, s.Config.Name)
	}
	return err
}

// digits are those of the currency's minor unit.
func (s *shop) digits() int32 { return int32(s.Currency.Places) }

// canPrice refuses a currency that the machine can't count in: one that holds no
// currency counts in hundredths.
func canPrice(limits device.Limits, c pos.Currency) error {
	if !limits.Currency && c.Places != 2 {
		return fmt.Errorf("%w: the machine counts in hundredths, %s has %d digits: choose another currency for its POS", errConfig, c.Code, c.Places)
	}
	return nil
}

// store keeps what must be known of the POS while Odoo is away.
func (s *shop) store(tx *store.Tx, backend string) error {
	return shops.Put(tx, backend, storedShop{s.Currency.Code, int32(s.Currency.Places)})
}

// method is the payment method for a kind of payment: the configured one, else the
// configured default, else the POS's only one.
func (s *shop) method(cfg config, kind string) (int64, error) {
	want := cfg.Payment[kind]
	if want == "" {
		want = cfg.Payment["default"]
	}
	if want == "" {
		if len(s.Methods) == 1 {
			return s.Methods[0].ID, nil
		}
		if len(s.Methods) == 0 {
			return 0, fmt.Errorf("%w: the point of sale %q has no payment method: give it one in Odoo (Point of Sale, Configuration)", errConfig, s.Config.Name)
		}
		also := ", or a default"
		if kind == "default" {
			also = ""
		}
		return 0, fmt.Errorf("%w: the point of sale %q has %d payment methods (%s): say in `payment` which one is for %q%s",
			errConfig, s.Config.Name, len(s.Methods), s.methodNames(), kind, also)
	}
	for _, m := range s.Methods {
		if m.Name == want || strconv.FormatInt(m.ID, 10) == want {
			return m.ID, nil
		}
	}
	has := "it has none"
	if len(s.Methods) > 0 {
		has = "it has " + s.methodNames()
	}
	return 0, fmt.Errorf("%w: the point of sale %q has no payment method %q (%s): correct `payment`, or give it the method again in Odoo", errConfig, s.Config.Name, want, has)
}

func (s *shop) methodNames() string {
	names := make([]string, len(s.Methods))
	for i, m := range s.Methods {
		names[i] = strconv.Quote(m.Name)
	}
	return strings.Join(names, ", ")
}
