//! The macro that makes a plug-in loadable.

/// Exports a [`Plugin`](crate::Plugin) from a `cdylib`: once a library.
///
/// The plug-in's name is the package's without a leading `backplane-`; version, description and licence are the
/// package's. The crate's documentation has a whole plug-in, with this as its last line.
///
/// The manifest goes into a section of the file, where hosts read it before they open the library. What no host would
/// take does not compile: names that are empty or there twice, a default that is out of its range.
///
/// ```compile_fail,E0080
/// # use backplane_plugin::*;
/// # struct Twice;
/// impl Plugin for Twice {
///     type Config = NoConfig;
///     const METHODS: &'static [MethodEntry<Self>] = methods![ask as "a", tell = Self::ask as "a"];
/// #   fn create(_: Host, _: NoConfig) -> Result<Self, PluginError> { Ok(Self) }
/// }
/// # impl Twice {
/// #     async fn ask(self: std::sync::Arc<Self>, []: [(); 0]) -> Result<(), RpcError> { Ok(()) }
/// # }
/// export_plugin!(Twice); // two RPC methods have the same bare name
/// ```
#[macro_export]
macro_rules! export_plugin {
    ($plugin:ty) => {
        const _: () = {
            use abi_stable::prefix_type::PrefixTypeTrait as _;
            use $crate::abi::abi_stable;

            const PACKAGE: $crate::manifest::Package = $crate::manifest::Package {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
                description: env!("CARGO_PKG_DESCRIPTION"),
                license: env!("CARGO_PKG_LICENSE"),
                panic: if cfg!(panic = "unwind") { "unwind" } else { "abort" },
            };

            #[allow(long_running_const_eval, reason = "a manifest may be long")]
            const MANIFEST_LEN: usize = {
                if let Some(mistake) = $crate::manifest::mistake::<$plugin>(&PACKAGE) {
                    panic!("{}", mistake);
                }
                $crate::manifest::section_len::<$plugin>(&PACKAGE)
            };

            #[allow(long_running_const_eval, reason = "a manifest may be long")]
            // SAFETY: the section has nothing but manifests in it, and nobody runs what is in it.
            #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".backplane.manifest"))]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__backplane"))]
            #[used]
            static MANIFEST: [u8; MANIFEST_LEN] =
                $crate::manifest::section::<$plugin, MANIFEST_LEN>(&PACKAGE);

            extern "C" fn manifest()
            -> abi_stable::std_types::RResult<$crate::abi::Manifest, $crate::abi::AbiError> {
                $crate::abi::manifest::<$plugin>(PACKAGE)
            }

            extern "C" fn create(
                host: $crate::abi::HostArc,
                config: abi_stable::std_types::RStr<'_>,
            ) -> abi_stable::std_types::RResult<$crate::abi::PluginBox, $crate::abi::AbiError> {
                $crate::abi::create::<$plugin>(host, config)
            }

            extern "C" fn heap() -> u64 {
                $crate::abi::heap()
            }

            const PAGES: &[$crate::abi::PageDecl] =
                &$crate::abi::pages::<$plugin, { <$plugin as $crate::Plugin>::PAGES.len() }>();

            fn module() -> $crate::abi::PluginModule_Ref {
                $crate::abi::PluginModule {
                    abi_major: $crate::abi::ABI_MAJOR,
                    abi_minor: $crate::abi::ABI_MINOR,
                    manifest,
                    create,
                    heap,
                    pages: abi_stable::std_types::RSlice::from_slice(PAGES),
                }
                .leak_into_prefix()
            }

            extern "C" fn erased_module() -> abi_stable::library::RootModuleResult {
                abi_stable::library::__call_root_module_loader(module)
            }

            // SAFETY: the name is the one that abi_stable's loader looks for, and nothing else has it.
            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            pub static HEADER: abi_stable::library::LibHeader = {
                // SAFETY: `erased_module` gives the module of the type named here.
                unsafe {
                    abi_stable::library::LibHeader::from_constructor::<$crate::abi::PluginModule_Ref>(
                        erased_module,
                        abi_stable::library::CheckTypeLayout::Yes,
                    )
                }
            };
        };
    };
}

/// Lets the host see how much memory the plug-in has taken: once a library, beside
/// [`export_plugin!`](crate::export_plugin).
///
/// It is the allocator of the library, the system's with a counter. Without it the limits of the heap in
/// `[plugin.NAME.limits]` do not count. A program has one allocator: where the crate is also linked as an `rlib` into one
/// that brings its own, leave this line to the crate that makes the library.
///
/// ```
/// backplane_plugin::measure_heap!();
/// ```
#[macro_export]
macro_rules! measure_heap {
    () => {
        #[global_allocator]
        static HEAP: $crate::abi::CountingAllocator = $crate::abi::CountingAllocator;
    };
}
