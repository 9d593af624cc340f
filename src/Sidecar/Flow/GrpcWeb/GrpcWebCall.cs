using System.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow.GrpcWeb;

/// <summary>
/// A call by gRPC-Web, seen by who stands between the browser and a server of gRPC: how both bodies are written, and what becomes of the
/// heads (PROTOCOL-WEB in the repository of gRPC). Pure.
/// </summary>
/// <param name="Request">How the request's body is written.</param>
/// <param name="Response">How the response's body is to be written.</param>
internal readonly record struct GrpcWebCall(GrpcWebForm Request, GrpcWebForm Response)
{
    private static ReadOnlySpan<byte> Mark => "x-grpc-web"u8;

    /// <summary>The call is one of gRPC-Web.</summary>
    public bool IsWeb => Request != GrpcWebForm.None;

    /// <summary>Reads a request's head; <see cref="IsWeb"/> is false for any other.</summary>
    public static GrpcWebCall Of(HeaderList request)
    {
        if (!request.TryGet(KnownHeader.ContentType, out var contentType)
            || !request.TryGet(KnownHeader.Method, out var method)
            || !method.SequenceEqual("POST"u8))
        {
            return default;
        }

        var form = GrpcWebContentType.FormOf(contentType);
        return form == GrpcWebForm.None ? default : new GrpcWebCall(form, Wanted(request, form));
    }

    /// <summary>Makes a request of gRPC of the head of this call.</summary>
    public void ToGrpc(HeaderList request)
    {
        GrpcWebContentType.ToGrpc(request, request.IndexOf(KnownHeader.ContentType), Request);
        if (Request == GrpcWebForm.Text)
        {
            request.RemoveAll(KnownHeader.ContentLength); // it counts base64's octets
        }

        // It is what tells a server that speaks both how to answer.
        for (var mark = request.IndexOf(Mark); mark >= 0; mark = request.IndexOf(Mark))
        {
            request.RemoveAt(mark);
        }

        if (request.IndexOf(KnownHeader.Te) < 0)
        {
            request.Add(KnownHeader.Te, "trailers"u8);
        }
    }

    /// <summary>
    /// Makes a response of gRPC-Web of the head of a final response. True if a body follows that is to be written in
    /// <see cref="Response"/>'s form and end with <see cref="GrpcWebTrailers"/>. A response that is not gRPC's stays as it is; one without
    /// a body tells its status in the head, where clients look for it.
    /// </summary>
    public bool ToWeb(HeaderList response, bool isEnded)
    {
        var index = response.IndexOf(KnownHeader.ContentType);
        if (index < 0 || !GrpcWebContentType.IsGrpc(response.ValueAt(index)))
        {
            return false;
        }

        GrpcWebContentType.ToWeb(response, index, Response);
        if (isEnded)
        {
            return false;
        }

        response.RemoveAll(KnownHeader.ContentLength);
        return true;
    }

    /// <summary>What Accept asks for, else what the request came in.</summary>
    private static GrpcWebForm Wanted(HeaderList request, GrpcWebForm form)
    {
        if (request.TryGet(KnownHeader.Accept, out var accept))
        {
            foreach (var range in accept.Split((byte)','))
            {
                var wanted = GrpcWebContentType.FormOf(accept[range].Trim((byte)' '));
                if (wanted != GrpcWebForm.None)
                {
                    return wanted;
                }
            }
        }

        return form;
    }
}
