//! Live plans by their source: equal configurations share one plan, and are compiled once.

use numplan::plan::Plan;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

type Plans = HashMap<Vec<u8>, Weak<Plan>>;

static PLANS: Mutex<Option<Plans>> = Mutex::new(None);

fn plans() -> Option<MutexGuard<'static, Option<Plans>>> {
    PLANS.lock().ok()
}

/// The plan that was compiled from `source`, if it is alive.
pub(crate) fn find(source: &[u8]) -> Option<Arc<Plan>> {
    plans()?.as_ref()?.get(source)?.upgrade()
}

/// `plan`, compiled from `source`; or the equal one that another process has compiled meanwhile.
/// Entries of plans that are gone are removed when the map is full.
pub(crate) fn keep(source: Vec<u8>, plan: Plan) -> Arc<Plan> {
    let plan = Arc::new(plan);
    let Some(mut plans) = plans() else { return plan };
    let plans = plans.get_or_insert_default();
    if let Some(same) = plans.get(&source).and_then(Weak::upgrade) {
        return same;
    }
    if plans.len() == plans.capacity() {
        plans.retain(|_, plan| plan.strong_count() > 0);
    }
    plans.insert(source, Arc::downgrade(&plan));
    plan
}

/// Forgets all plans. Called when the library is unloaded.
pub(crate) fn forget() {
    if let Some(mut plans) = plans() {
        *plans = None;
    }
}
