//! The root module: the one symbol that a plug-in exports.
#![expect(
    missing_debug_implementations,
    non_camel_case_types,
    unsafe_code,
    reason = "abi_stable generates items around the module"
)]

use super::data::{AbiError, Manifest, PageDecl};
use super::objects::{HostArc, PluginBox};
use abi_stable::StableAbi;
use abi_stable::library::RootModule;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::{RResult, RSlice, RStr};

/// The ABI's major version: plug-ins and hosts of different ones do not fit.
pub const ABI_MAJOR: u32 = 1;
/// The ABI's minor version: counts the additions within the major one.
pub const ABI_MINOR: u32 = 3;

/// What [`heap`](PluginModule::heap) gives where nobody counts.
pub const NOT_MEASURED: u64 = u64::MAX;

/// What a plug-in library exports.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PluginModule_Ref)))]
#[sabi(missing_field(panic))]
pub struct PluginModule {
    /// [`ABI_MAJOR`] of the crate it was built with.
    pub abi_major: u32,
    /// [`ABI_MINOR`] of the crate it was built with.
    pub abi_minor: u32,
    /// What the plug-in says of itself. May be called at any time, any number of times.
    pub manifest: extern "C" fn() -> RResult<Manifest, AbiError>,
    /// Makes the plug-in. `config` is the JSON text of `[plugin.NAME.config]`.
    #[sabi(last_prefix_field)]
    pub create: extern "C" fn(host: HostArc, config: RStr<'_>) -> RResult<PluginBox, AbiError>,
    /// The bytes that the library has taken from its heap and not given back; [`NOT_MEASURED`] when nobody counts them.
    /// May be called at any time, and returns at once. Since 1.2.
    #[sabi(missing_field(option))]
    pub heap: extern "C" fn() -> u64,
    /// What the plug-in has for browsers. Since 1.3.
    #[sabi(missing_field(option))]
    pub pages: RSlice<'static, PageDecl>,
}

impl RootModule for PluginModule_Ref {
    abi_stable::declare_root_module_statics! {PluginModule_Ref}
    const BASE_NAME: &'static str = "backplane";
    const NAME: &'static str = "backplane";
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("1.0.0");
}
