namespace Mesh.Cli.Load;

/// <summary>A call that the load makes.</summary>
/// <param name="Service">As the client addresses it.</param>
/// <param name="Method">Its gRPC method, or where the page is.</param>
/// <param name="Shape">Unary or which kind of stream; or that it is no gRPC.</param>
internal sealed record CallKind(string Service, string Method, CallShape Shape)
{
    public static readonly CallKind GetUser = new("users", "GetUser", CallShape.Unary);
    public static readonly CallKind PlaceOrder = new("orders", "PlaceOrder", CallShape.Unary);
    public static readonly CallKind WatchOrder = new("orders", "WatchOrder", CallShape.ServerStream);
    public static readonly CallKind UploadItems = new("orders", "UploadItems", CallShape.ClientStream);
    public static readonly CallKind Chat = new("orders", "Chat", CallShape.BidiStream);
    public static readonly CallKind GetItem = new("catalog", "items", CallShape.Http1);

    /// <summary>In the order in which they are shown.</summary>
    public static readonly IReadOnlyList<CallKind> All = [GetUser, PlaceOrder, WatchOrder, UploadItems, Chat, GetItem];
}
