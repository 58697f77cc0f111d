//! Logins that end by themselves: by age, idleness, the clock, a phone that is gone, and a restart of the box (HOTDESK
//! B6, B11).
//!
//! What is set counts that the tenant of the extension has set. A desk in a call keeps its login until the call is over.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::exchange::Exchange;
use crate::exchange::endings::{Rule, Standing};
use crate::model::{AfterRestart, CallKind, DeviceId, LogoutReason, Now, TenantId};

impl Exchange {
    /// When to look at the logins next: never, where there are none or nothing ends them.
    pub(in crate::exchange) fn next_ending(&self) -> Option<Instant> {
        let ends_any =
            || self.directory.office().tenants().any(|(_, settings)| settings.auto_logout.is_set());
        let ends = !self.hotdesk.is_empty() && (self.endings.has_loans() || ends_any());
        ends.then(|| self.endings.poll_timeout())
    }

    /// Ends every login that is due, at a desk that is in no call.
    pub(in crate::exchange) fn end_due_logins(&mut self, now: Now) {
        let is_asked = self.next_ending().is_some();
        if !self.endings.handle_timeout(now) || !is_asked {
            return;
        }
        let mut rules = BTreeMap::new();
        for login in self.hotdesk.all() {
            let tenant = login.extension.tenant();
            let rule = *rules.entry(tenant.clone()).or_insert_with(|| self.rule_of(tenant, now));
            self.end_if_due(login.device, &rule, now);
        }
    }

    /// A desk is in no call any more: its login ends if it was due, and a phone that waits for it is told.
    pub(in crate::exchange) fn handle_device_free(&mut self, device: DeviceId, now: Now) {
        self.endings.call_over(device, now.mono);
        if let Some(tenant) = self.hotdesk.at(device).map(|login| login.extension.tenant().clone()) {
            let rule = self.rule_of(&tenant, now);
            self.end_if_due(device, &rule, now);
            // The phone is told once, and of that.
            while let Some(turn) = self.hotdesk.poll_turn() {
                self.handle_desk_turn(turn, now);
            }
        }
        self.refresh.call_over(device, now.mono);
    }

    /// A call at a desk begins, or is answered there: the desk is in use. A login call is no use (HOTDESK B1).
    pub(in crate::exchange) fn uses_desk(&mut self, device: Option<DeviceId>, kind: CallKind, now: Now) {
        match (device, kind) {
            (None, _) | (_, CallKind::Voice) => {}
            (Some(device), _) if self.calls.is_in_call(device) => {
                self.endings.call_began(device, now.mono);
            }
            // It was over as soon as it began.
            (Some(device), _) => self.endings.used(device, now.mono),
        }
    }

    /// Ends the logins of tenants that let none survive a restart; the desks where they were.
    pub(in crate::exchange) fn end_logins_of_before(&mut self) -> BTreeSet<DeviceId> {
        let office = self.directory.office();
        let ends = |tenant: &TenantId| office.settings_of(tenant).after_restart == AfterRestart::End;
        let ending = self.hotdesk.all().into_iter().filter(|login| ends(login.extension.tenant()));
        let desks: BTreeSet<_> = ending.map(|login| login.device).collect();
        for device in &desks {
            self.hotdesk.logout(*device, LogoutReason::Restart);
        }
        desks
    }

    fn rule_of(&self, tenant: &TenantId, now: Now) -> Rule {
        let settings = self.directory.office().settings_of(tenant);
        let rule = Rule::of(&settings.auto_logout, &settings.timezone, now);
        if self.endings.has_loans() { rule.with_night(&settings.timezone, now) } else { rule }
    }

    fn end_if_due(&mut self, device: DeviceId, rule: &Rule, now: Now) {
        let standing = Standing {
            in_call: self.calls.is_in_call(device),
            reachable: self.registrar.is_reachable(device, now.mono),
        };
        if let Some(reason) = self.endings.judge(device, rule, standing, now) {
            self.hotdesk.logout(device, reason);
        }
    }
}
