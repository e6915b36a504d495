//! `simulator …`: orders to the simulator's control plane.

use super::{Context, connect};
use crate::api::control::{ChangedResponse, SuppressionsResponse};
use crate::error::Error;
use crate::intent::SimulatorOrder;
use crate::report::Report;
use crate::simulator;

/// Carries out an order.
pub async fn run(order: SimulatorOrder, context: Context<'_>) -> Result<Report, Error> {
    if order == SimulatorOrder::Recipients {
        return Ok(Report::Recipients(simulator::recipients()));
    }
    let client = connect::simulator(context, None)?;
    let failed = |error| Error::of_request("the simulator", error);
    match order {
        SimulatorOrder::Recipients => Ok(Report::Recipients(simulator::recipients())),
        SimulatorOrder::Clock(None) => {
            let clock = client.control_get(&["clock"], &()).await.map_err(failed)?;
            Ok(Report::Clock(clock.body))
        }
        SimulatorOrder::Clock(Some(order)) => {
            let clock = client
                .control_post(&["clock"], &order)
                .await
                .map_err(failed)?;
            Ok(Report::Clock(clock.body))
        }
        SimulatorOrder::Suppressions(None) => {
            let list = client
                .control_get::<SuppressionsResponse>(&["suppressions"], &())
                .await
                .map_err(failed)?;
            Ok(Report::Suppressions(list.body.suppressions))
        }
        SimulatorOrder::Suppressions(Some(order)) => {
            let changed = client
                .control_post::<ChangedResponse>(&["suppressions"], &order)
                .await
                .map_err(failed)?;
            Ok(Report::SuppressionsChanged(changed.body.changed))
        }
        SimulatorOrder::Show(id) => {
            match client
                .control_get(&["notifications", &id, "timeline"], &())
                .await
            {
                Ok(timeline) => Ok(Report::Timeline(timeline.body)),
                Err(error) if error.is_rejected_with(404) => Err(no_timeline(&id)),
                Err(error) => Err(failed(error)),
            }
        }
        SimulatorOrder::Webhooks(order) => super::webhook::run(order, &client).await,
        SimulatorOrder::Reset => {
            let reset = client
                .control_post(&["reset"], &serde_json::json!({}))
                .await
                .map_err(failed)?;
            Ok(Report::Reset(reset.body))
        }
    }
}

fn no_timeline(id: &str) -> Error {
    Error::NotFound {
        message: format!("there is no notification {id}"),
        hint: "Check the id: `sendivent --simulate activity` lists what there is.".to_owned(),
    }
}
