// # The calls that change something
//
// Each has a key that survives the board, or the state of things is asked before it is
// made: made again after an answer that was lost, or by a store that has forgotten it, it
// changes nothing.
//
//	call                            key, or what is asked first        after a lost answer                       after an older snapshot
//	pos.order/sync_from_ui          the order's uuid, from the cup     repeated: a known uuid is answered        Odoo keeps the order that it has, and answers with its id
//	pos.session/create              none: is one open?                 the open one is looked for                the open one is found and used; a POS has one at a time
//	pos.session/write (the note)    none: state and note are read      repeated: absolute                        absolute; a session that names nobody, or the machine before, whose note stays beneath
//	pos.session/set_opening_control none: the state is read after it   repeated                                  harmless when it is open
//	pos.session/post_closing_cash_details absolute: what Odoo itself says must be in the till, repeated           a closed one answers that it is closed, and is read
//	pos.session/action_pos_session_closing_control none: state and orders are read, then the state: closed is done  only one that names this machine or one before it, with orders
//	product.product/load            the external id, from the code of  writes the same product                   the same; a product of that code is looked for first
//	                                a drink that was imported
//	product.product/write           none: the product is read before   repeated: absolute                        absolute
//	maintenance.equipment/load      the serial number is looked for    found by it, or the external id writes    the same
//	maintenance.request/load        the external id, which is numbered writes the same record                    Odoo is asked what it has before a number is given
//	maintenance.request/write       none: the stage is read before     repeated: absolute                        absolute
//	res.users.apikeys/generate      none: lost ones are counted first  again after an hour: one is lost          the snapshot's key works for a week yet, and is replaced again
//	res.users.apikeys/revoke        absolute: a key                    repeated: an unknown one is revoked       one that was revoked is not in use: the given one is tried
//	stock.picking/load              the external id; the newest        writes the same draft; one that is posted     Odoo's newest transfer counts for more than the store
//	                                transfer is looked for             is refused, and was found before
//	stock.picking/button_validate   none: the state is read            repeated: one that is done stays so       the same
//	stock.quant/create (a count)    absolute, from a fresh reading     read and counted anew                     the same
//	2900 WriteSlot                  the slot's rev, read before        the slot is read back                     what the slot holds is read first, and a slot that was changed
//	1900 WriteSlot                  none: the slot is read before      the slot is read back                     since has its cups in doubt, but for those that Odoo has
//	Lock                            absolute                           repeated                                  done anew; a person's wish is as old as the snapshot
//	2900 JOURNAL.ACK                absolute: a number                 repeated                                  lower than the machine's own: not sent
//	2900 SetClock                   absolute                           repeated                                  done anew
//	2900 Brew                       the token                          its entry says what became of it          its job is cancelled; its entry says what became of it
//	1900 Brew                       none: its counter                  the counter says what became of it        its job is cancelled; the next cup of its slot is in doubt
//
// Where the network delivers a written stage of a request late, after a newer one, the next
// run that is five minutes later finds it and writes the newer one again: once, so that what
// a person sets after that stays. Where the board is restarted while such a call is on its
// way, the older stage stays until the alarm changes again.
//
// Reading changes nothing and may be repeated; cups that are read after an older snapshot
// are kept raw until Odoo was asked which of them it has.
package coffee
